import { currentUser } from "@/server/auth";
export const dynamic = "force-dynamic";
export default async function Home() { const u = await currentUser(); return <main>{u ? `hello ${u.name}` : "anonymous"}</main>; }
