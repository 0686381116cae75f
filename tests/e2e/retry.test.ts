// A failed job on the sweep's page: its reason, and back into the queue.
import type postgres from "postgres";
import { afterAll, expect, test } from "vitest";
import { queue, signIn } from "./api";
import { database } from "./etalon";
import { signedIn } from "./signed-in";

const REASON = "attempt 3 of 3: the trainer was killed by SIGKILL";
let address: string;
let sql: postgres.Sql;

const product = signedIn("retry", async ({ etalon, dataDir }) => {
  const { project, sweepId } = await queue(await signIn(etalon), { learningRates: [0.002, 0.004], tokens: [131_072] });
  sql = await database(dataDir);
  const [job] = await sql`
    update jobs set state = 'failed', attempts = 3, error = ${REASON}, finished_at = now()
    where sweep_id = ${sweepId} and position = 0 returning id`;
  await sql`update runs set state = 'failed', error = ${REASON}, finished_at = now() where job_id = ${job!.id}`;
  address = `${etalon.url}/team/${project}/sweeps/${sweepId}`;
});
afterAll(() => sql?.end({ timeout: 1 }));

test("a failed job is queued again by a click on its sweep's page", async () => {
  const { page, errors } = product;
  await page.goto(address);
  await page.getByRole("heading", { name: "Failed and canceled jobs" }).waitFor();
  expect(await page.getByText(REASON).first().isVisible()).toBe(true);
  await page.getByRole("button", { name: /^Queue w32 .* again$/ }).click();
  await page.getByRole("heading", { name: "Failed and canceled jobs" }).waitFor({ state: "detached" });
  expect(await sql`select state, attempts, error from jobs order by position`).toMatchObject([
    { state: "queued", attempts: 0, error: null },
    { state: "queued", attempts: 0, error: null },
  ]);
  expect(errors).toEqual([]);
});
