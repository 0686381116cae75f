import { redirect } from "next/navigation";
import { currentTeams, currentUser, opens } from "@/server/auth";

export const dynamic = "force-dynamic";

/** Sends a member to her first team, of those that her session opens if there is one. */
export default async function Home() {
  const user = await currentUser();
  if (!user) redirect("/sign-in");
  const teams = await currentTeams();
  const team = teams.find((t) => opens(user, t)) ?? teams[0];
  if (team) redirect(`/${team.slug}`);
  redirect("/account");
}
