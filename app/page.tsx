import { redirect } from "next/navigation";
import { currentTeams, currentUser } from "@/server/auth";

export const dynamic = "force-dynamic";

/** Sends a member to her team's most useful page: the one project if there is one, else the list. */
export default async function Home() {
  if (!(await currentUser())) redirect("/sign-in");
  const teams = await currentTeams();
  if (teams[0]) redirect(`/${teams[0].slug}`);
  redirect("/account");
}
