// postgres.js 3.4.9 sends a `begin` down a connection that has other queries under way; where it is the hundredth, or
// the socket takes no more, the driver loses sight of it: `begin` fails (UNSAFE_TRANSACTION), and what comes down that
// connection later is never committed.
import { sql as statement } from "drizzle-orm";
import { expect, test } from "vitest";
import { product } from "./product";

const p = product();
const CONNECTIONS = 10;
const PIPELINED = 100;

test("a transaction begins and ends whatever number of queries is under way", async () => {
  const { sql, db } = p.alice;
  await sql`create table counted (n int)`;
  const plain = () => sql`select ${"x"}::text as n`;
  // Known to each connection, so that the next ones are not waited for.
  for (let i = 0; i < 3; i++) await Promise.all(Array.from({ length: CONNECTIONS }, plain));
  const most = CONNECTIONS * PIPELINED;
  const ends: unknown[] = [];
  for (let underWay = most - 5; underWay < most + CONNECTIONS; underWay++) {
    for (const begin of [
      () => sql.begin((tx) => tx`insert into counted values (1)`),
      () => db.transaction((tx) => tx.execute(statement`insert into counted values (1)`)),
    ]) {
      const around = Array.from({ length: underWay }, () => plain().execute());
      ends.push(...(await Promise.allSettled([begin()])));
      await Promise.all(around);
    }
  }
  expect(ends.filter((e) => (e as { status: string }).status === "rejected")).toEqual([]);
  const open = await sql`
    select state from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`;
  expect(open).toHaveLength(0);
  expect(await sql`select count(*) as n from counted`).toEqual([{ n: ends.length }]);
});
