import { notFound, redirect } from "next/navigation";
import type { ReactNode } from "react";
import { Shell } from "@/app/_components/shell";
import { TimeZone } from "@/app/_components/time";
import { api } from "@/server/api/caller";
import { currentTeams, currentUser, opens, signInPath } from "@/server/auth";

export const dynamic = "force-dynamic";

export default async function TeamLayout({
  params,
  children,
}: {
  params: Promise<{ team: string }>;
  children: ReactNode;
}) {
  const { team: slug } = await params;
  const user = await currentUser();
  if (!user) redirect(await signInPath());
  const teams = await currentTeams();
  const team = teams.find((t) => t.slug === slug);
  if (!team) notFound();
  if (!opens(user, team)) redirect(await signInPath(slug));
  const projects = await api.project.names({ team: slug });
  return (
    <TimeZone zone={user.timeZone ?? "UTC"}>
      <Shell team={team} teams={teams} projects={projects} user={user.name}>
        {children}
      </Shell>
    </TimeZone>
  );
}
