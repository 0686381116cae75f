import { beforeAll, expect, test } from "vitest";
import { createRunSchema } from "@/lib/protocol";
import { createProject } from "@/server/services/project";
import { createRecommendation } from "@/server/services/recommendation";
import { createReport } from "@/server/services/report";
import { createRun } from "@/server/services/run";
import { findThings } from "@/server/services/search";
import { lawIn } from "./law";
import { product } from "./product";

const p = product();

beforeAll(async () => {
  await createProject(p.alice, { name: "Old", slug: "old" });
  const { fitId } = await lawIn(p.alice, "old");
  const target = { batchSeqs: 8, seqLen: 64, tokens: 2e6, baseWidth: 64 };
  await createRecommendation(p.alice, { fitId, title: "For two million", target });
  await createReport(p.alice, { project: "old", title: "Übersicht 100%" });
  await createProject(p.alice, { name: "Newest", slug: "newest" });
  await createRun(p.alice, createRunSchema.parse({ project: "newest", name: "w64 of somebody else" }));
  await createRun(p.alice, createRunSchema.parse({ project: "old", name: "w64 b8" }));
});

const found = async (text: string, project?: string, as = p.alice) =>
  (await findThings(as, { text, project })).map((f) => `${f.kind} ${f.name} in ${f.project.slug}`);

test("what is in the project one is in comes first, whichever is newest", async () => {
  expect((await found("w64", "old"))[0]).toMatch(/in old$/);
  expect((await found("w64", "newest"))[0]).toBe("run w64 of somebody else in newest");
  expect(await found("w64 b8", "newest")).toContain("run w64 b8 in old");
});

test("fits, recommendations, reports and projects are among the hits, in any alphabet and by any sign", async () => {
  expect(await found("law", "old")).toContain("fit Law in old");
  expect(await found("two MILLION")).toEqual(["recommendation For two million in old"]);
  expect(await found("übersicht")).toEqual(["report Übersicht 100% in old"]);
  expect(await found("100%")).toEqual(["report Übersicht 100% in old"]);
  expect(await found("recommendation", "newest")).toEqual(["recommendation For two million in old"]);
  expect(await found("newest")).toContain("project Newest in newest");
  expect(await found("nothing like that")).toEqual([]);
});

test("nothing of another team is found", async () => {
  expect(await found("", undefined, p.mallory)).toEqual([]);
});
