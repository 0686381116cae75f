import type { Metadata } from "next";
import type { ReactNode } from "react";
import { scriptNonce } from "@/server/auth";
import { THEME_SCRIPT } from "./_components/theme-script";
import { Providers } from "./_trpc/client";
import "./globals.css";

export const metadata: Metadata = { title: { default: "Etalon", template: "%s · Etalon" } };

/** Its scripts carry a nonce of each request. */
export const dynamic = "force-dynamic";

export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = await scriptNonce();
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of our own that must run before the first paint */}
        <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: THEME_SCRIPT }} />
      </head>
      <body>
        <Providers>{children}</Providers>
      </body>
    </html>
  );
}
