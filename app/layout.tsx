import type { Metadata } from "next";
import type { ReactNode } from "react";
import { THEME_SCRIPT } from "./_components/theme-script";
import { Providers } from "./_trpc/client";
import "./globals.css";

export const metadata: Metadata = { title: { default: "Etalon", template: "%s · Etalon" } };

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of our own that must run before the first paint */}
        <script dangerouslySetInnerHTML={{ __html: THEME_SCRIPT }} />
      </head>
      <body>
        <Providers>{children}</Providers>
      </body>
    </html>
  );
}
