import type { ReactNode } from "react";
import { SettingsTabs } from "./_components/tabs";

/** Pages of what a team is: each has its own address. */
export default async function SettingsLayout({
  params,
  children,
}: {
  params: Promise<{ team: string }>;
  children: ReactNode;
}) {
  const { team } = await params;
  return (
    <>
      <SettingsTabs team={team} />
      {children}
    </>
  );
}
