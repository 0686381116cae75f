// What the pages of a large team wait for: 1,000 members, 10,000 keys, a million lines of audit.
import { say, timed } from "./report.mjs";

const ROUNDS = 3;
const VISITS = 20;
const PAGES = {
  people: "/team/settings/people",
  keys: "/team/settings/keys",
  audit: "/team/settings/audit",
  audit_filtered: "/team/settings/audit?action=member.role&from=2026-01-01",
  audit_middle: "/team/settings/audit?before=500000",
};

/** Milliseconds that 19 of 20 visits stay below, in each round, by page. */
export async function teamPages(server, sql) {
  say("1,000 members, 10,000 keys, 1,000,000 lines of audit");
  await fill(sql);
  const cookie = await signIn(server.signInLink());
  const found = {};
  for (const [name, path] of Object.entries(PAGES)) {
    const visit = async () => {
      const answer = await fetch(server.url + path, { headers: { cookie }, redirect: "manual" });
      const text = await answer.text();
      if (answer.status !== 200 || !text.includes("Settings")) throw new Error(`${path}: ${answer.status}`);
    };
    for (let i = 0; i < 5; i++) await visit();
    found[name] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const waits = [];
      for (let i = 0; i < VISITS; i++) waits.push(1_000 * (await timed(visit)));
      found[name].push(waits.sort((a, b) => a - b)[VISITS - 2]);
    }
  }
  return found;
}

async function fill(sql) {
  const [team] = await sql`select id from teams limit 1`;
  await sql`
    insert into users (id, name, email) select 'bench-' || i, 'Person ' || i, 'person-' || i || '@example.org'
    from generate_series(1, 1000) i`;
  await sql`
    insert into members (team_id, user_id, role) select ${team.id}::uuid, 'bench-' || i, 'editor'
    from generate_series(1, 1000) i`;
  await sql`
    insert into api_keys (team_id, name, scopes, prefix, hash)
    select ${team.id}::uuid, 'key ' || i, '{read}', 'etl_', md5(i::text) from generate_series(1, 10000) i`;
  await sql`
    insert into audit_log (team_id, actor, actor_name, action, subject, detail, at)
    select ${team.id}::uuid, 'user:bench-' || 1 + i % 1000, 'Person ' || 1 + i % 1000,
      (array['run.edit', 'project.update', 'fit.save', 'member.role', 'sweep.create'])[1 + i % 5], md5(i::text),
      jsonb_build_object('name', 'run ' || i), now() - make_interval(secs => 30 * (1000000 - i))
    from generate_series(1, 1000000) i`;
  await sql`vacuum analyze users, members, api_keys, audit_log`;
}

/** The cookie of a session. */
async function signIn(link) {
  const { origin, searchParams } = new URL(link);
  const body = new URLSearchParams({ token: searchParams.get("token"), email: searchParams.get("email") });
  const answer = await fetch(`${origin}/api/sign-in`, {
    method: "POST",
    body,
    headers: { origin },
    redirect: "manual",
  });
  const cookie = answer.headers.getSetCookie().find((c) => c.includes("session-token"));
  if (!cookie) throw new Error(`signing in: ${answer.status}`);
  return cookie.split(";")[0];
}
