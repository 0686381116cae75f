import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { signIn } from "./api";
import { run } from "./etalon";
import { signedIn } from "./signed-in";
import { AGGREGATE, syntheticPaperTable } from "./synthetic-paper-runs";

/** Fits are computed on a thread of their own: nobody else waits for them. */

const s = signedIn("busy", async ({ folder }) => {
  await writeFile(
    `${folder}/runs.csv`,
    syntheticPaperTable(() => AGGREGATE),
  );
  await run(`${folder}/data`, ["import", "table", `${folder}/runs.csv`, "--project", "busy", "--json"]);
});

test("while a long fit is computed the server answers others, one after the other", async () => {
  const api = await signIn(s.etalon);
  let computing = true;
  const settings = { form: "chinchilla" as const, paramDefinition: "total" as const, bootstrap: 1_000 };
  const fits = Promise.all(
    [1, 2, 3, 4].map((n) =>
      api.fit.save.mutate({ team: "team", fit: { project: "busy", name: `long ${n}`, settings } }),
    ),
  ).finally(() => {
    computing = false;
  });
  let answers = 0;
  while (computing) {
    const { status } = await fetch(`${s.etalon.url}/api/health`);
    expect(status).toBe(200);
    answers += 1;
  }
  // Computed in the server's own thread all four would hold up the second answer.
  expect(answers).toBeGreaterThan(8);
  const [first] = await fits;
  expect((await api.fit.get.query({ team: "team", id: first!.id })).reproduced).toBe(true);
});
