import { expect, test } from "vitest";
import { connect } from "@/db/client";
import { migrate, migrateTo, migrationTags } from "@/db/migrate";
import { cloneDatabase } from "../postgres";

test("watchers and entries of the bell of a version before are kept, also two of one moment", async () => {
  const database = await cloneDatabase("template0");
  const before = (await migrationTags()).indexOf("0028_notifications");
  await migrateTo({ url: database.url }, before);
  const { sql, close } = connect({ url: database.url }, { max: 1 });
  const [team] = await sql<{ id: string }[]>`insert into teams (slug, name) values ('t', 'T') returning id`;
  await sql`insert into users (id, name, email) values ('a', 'Ada', 'a@example.org'), ('b', 'Bob', 'b@example.org')`;
  const [project] = await sql<{ id: string }[]>`
    insert into projects (team_id, slug, name) values (${team!.id}, 'p', 'P') returning id`;
  const own = { team: team!.id, project: project!.id };
  const [fit] = await sql<{ id: string }[]>`
    insert into fits (team_id, project_id, name, settings, run_ids, input_hash, result)
    values (${own.team}, ${own.project}, 'f', '{}', '{}', 'h', '{}') returning id`;
  const [advice] = await sql<{ id: string }[]>`
    insert into recommendations (team_id, project_id, fit_id, title, target, result)
    values (${own.team}, ${own.project}, ${fit!.id}, 'r', '{}', '{}') returning id`;
  const id = advice!.id;
  await sql`
    insert into recommendation_watchers (recommendation_id, user_id, team_id, seen_at)
    values (${id}, 'a', ${own.team}, '2026-01-01'), (${id}, 'b', ${own.team}, '2026-01-02')`;
  await sql`
    insert into notifications (team_id, user_id, recommendation_id, kind, actor_id, created_at, read_at) values
      (${own.team}, 'a', ${id}, 'published', 'b', '2026-02-01', '2026-02-02'),
      (${own.team}, 'a', ${id}, 'commented', 'b', '2026-02-03', null),
      (${own.team}, 'a', ${id}, 'commented', 'b', '2026-02-03', null),
      (${own.team}, 'b', ${id}, 'commented', 'a', '2026-02-04', null),
      (${own.team}, 'a', ${id}, 'withdrawn', null, '2026-02-05', null),
      (${own.team}, 'b', ${id}, 'withdrawn', null, '2026-02-05', null)`;
  await close();

  await migrate({ url: database.url });
  const after = connect({ url: database.url }, { max: 1 });
  const watches = await after.sql`
    select user_id, subject_id, project_id, recommendation_id, run_id, seen_at::date::text as seen from watches order by 1`;
  const watch = { subject_id: id, project_id: own.project, recommendation_id: id, run_id: null };
  expect([...watches]).toEqual([
    { user_id: "a", ...watch, seen: "2026-01-01" },
    { user_id: "b", ...watch, seen: "2026-01-02" },
  ]);
  const told = await after.sql`
    select n.user_id as who, e.kind, e.actor_id as by, e.created_at::date::text as at, n.read_at is not null as read
    from notifications n join notification_events e on e.id = n.event_id and e.recommendation_id = ${id}
    order by e.created_at, n.user_id`;
  expect([...told]).toEqual([
    { who: "a", kind: "published", by: "b", at: "2026-02-01", read: true },
    { who: "a", kind: "commented", by: "b", at: "2026-02-03", read: false },
    { who: "b", kind: "commented", by: "a", at: "2026-02-04", read: false },
    { who: "a", kind: "withdrawn", by: null, at: "2026-02-05", read: false },
    { who: "b", kind: "withdrawn", by: null, at: "2026-02-05", read: false },
  ]);
  const [events] = await after.sql<{ n: number }[]>`select count(*)::int as n from notification_events`;
  expect(events!.n).toBe(4);
  await after.close();
  await database.drop();
});
