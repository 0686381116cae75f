import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { createRunSchema, finishRunSchema } from "@/lib/protocol";
import { exportFormats, exportRecommendation } from "@/lib/recommend";
import { changeAccess, createProject } from "@/server/services/project";
import {
  commentOnRecommendation,
  createRecommendation,
  getRecommendation,
  publishRecommendation,
  setOutcome,
} from "@/server/services/recommendation";
import { createRun, finishRun } from "@/server/services/run";
import { lawIn } from "./law";
import { colleague } from "./product";
import { pythonProduct } from "./python-product";

const { alice, product, script, runNamed } = pythonProduct();
const target = { batchSeqs: 8, seqLen: 64, tokens: 2e6, width: 64, baseWidth: 64, params: 93_696 };
let id = "";

beforeAll(async () => {
  await createProject(alice(), { name: "law", slug: "law" });
  const { fitId } = await lawIn(alice(), "law");
  id = (await createRecommendation(alice(), { fitId, title: "Advice", target })).id;
  await publishRecommendation(alice(), { id });
});

const followers = async () => (await getRecommendation(alice(), { id })).followers;

describe("a run follows a recommendation", () => {
  test("whose id its config has: it stands beside the advice, newest first, without being attached", async () => {
    const config = { etalon_recommendation: id };
    const dimensions = { peakLr: 0.004, tokens: 2e6, batchSeqs: 8, seqLen: 64, width: 64 };
    const { id: runId } = await createRun(alice(), createRunSchema.parse({ project: "py", config, dimensions }));
    await finishRun(alice(), { ...finishRunSchema.parse({ state: "finished", finalLoss: 2.125 }), runId });
    const { id: open } = await createRun(alice(), createRunSchema.parse({ project: "law", config }));
    await createRun(alice(), createRunSchema.parse({ project: "py", config: { etalon_recommendation: "other" } }));
    const { total, list } = await followers();
    expect([total, list.map((run) => [run.id, run.project, run.state])]).toEqual([
      2,
      [
        [open, "law", "running"],
        [runId, "py", "finished"],
      ],
    ]);
    const { result } = await getRecommendation(alice(), { id });
    const off = Math.log2(0.004 / result.schedule!.peakLr);
    expect(list[1]).toMatchObject({ usedLr: 0.004, loss: 2.125, diverged: false, differs: [], offLog2: off });
    expect((await getRecommendation(alice(), { id })).outcome).toBeNull();
  });

  test("that this process read, or whose file it runs; its own config wins", async () => {
    const { result } = await getRecommendation(alice(), { id });
    const exported = exportRecommendation(result, "pytorch", id);
    if (!("text" in exported)) return expect.fail(exported.why);
    await writeFile(join(product.folder, "etalon_schedule.py"), exported.text);
    const { code, stdout, stderr } = await script(`
advice = etalon.recommendation("${id.toUpperCase()}")
print(json.dumps(advice["result"]["schedule"]["peakLr"]))
other = etalon.recommendation("${id}", target="tokens=4e6")
assert other["result"]["target"]["tokens"] == 4e6, other["result"]["target"]
r = etalon.init(project="py", name="reads"); r.finish(timeout=60)
r = etalon.init(project="py", name="says another", config={"etalon_recommendation": "mine"}); r.finish(timeout=60)
del os.environ["ETALON_RECOMMENDATION"]
r = etalon.init(project="py", name="none"); r.finish(timeout=60)
sys.path.insert(0, ${JSON.stringify(product.folder)})
import etalon_schedule
assert etalon_schedule.PEAK_LR == advice["result"]["schedule"]["peakLr"]
r = etalon.init(project="py", name="runs the file", config={"lr": 1}); r.finish(timeout=60)
try: etalon.recommendation("00000000-0000-4000-8000-000000000000")
except Exception as e: print(type(e).__name__, e)
`);
    expect([code, stderr.match(/Traceback[\s\S]*/)]).toEqual([0, null]);
    const [rate, refused] = stdout.trim().split("\n");
    expect([Number(rate), refused]).toEqual([result.schedule!.peakLr, expect.stringContaining("was not found")]);
    const said = async (name: string) => (await runNamed(name)).config.etalon_recommendation;
    expect(await Promise.all(["reads", "says another", "none", "runs the file"].map(said))).toEqual([
      id,
      "mine",
      undefined,
      id,
    ]);
    expect((await followers()).total).toBe(4);
  });

  test("of a project that a reader may not know of: to her it is not there", async () => {
    const reader = await colleague(alice(), "viewer");
    const seen = async () => {
      const { followers } = await reader.api.recommendation.get({ team: reader.team, id });
      return [followers.total, followers.list.every(({ project }) => project === "law")];
    };
    expect(await seen()).toEqual([4, false]);
    await changeAccess(alice(), { slug: "py", openTo: "named" });
    expect(await seen()).toEqual([1, true]);
    await changeAccess(alice(), { slug: "py", openTo: "team" });
  });
});

test("every file of the advice says its id, and reads as before", async () => {
  const { result } = await getRecommendation(alice(), { id });
  for (const format of exportFormats) {
    const [plain, saying] = [exportRecommendation(result, format), exportRecommendation(result, format, id)];
    if (!("text" in plain) || !("text" in saying)) expect(saying).toEqual(plain);
    else expect([saying.text.includes(id), plain.text.includes(id)]).toEqual([true, false]);
  }
});

describe("ETag", () => {
  const get = (path: string, tag?: string) =>
    fetch(`${product.api.url}/api/v1/recommendations${path}`, {
      headers: { authorization: `Bearer ${product.key}`, ...(tag && { "if-none-match": tag }) },
    });

  test("who has the advice already gets 304 without it, until it changes", async () => {
    for (const path of [`/${id}`, "?target=tokens=1e6", `/${id}?target=tokens=1e6`]) {
      const first = await get(path);
      const tag = first.headers.get("etag")!;
      expect([first.status, tag]).toEqual([200, expect.stringMatching(/^"[\w-]{22}"$/)]);
      for (const known of [tag, `W/${tag}`, `"x", ${tag}`, "*"]) {
        const again = await get(path, known);
        expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", tag]);
      }
      expect((await get(path, '"x"')).status).toBe(200);
    }
    const tag = (await get(`/${id}`)).headers.get("etag")!;
    await setOutcome(alice(), { id, elsewhere: { address: "https://example.org/run" } });
    const changed = await get(`/${id}`, tag);
    expect([changed.status, (await changed.json()).outcome.address]).toEqual([200, "https://example.org/run"]);
  });

  test("errors have none", async () => {
    const unknown = await get("/00000000-0000-4000-8000-000000000000", "*");
    expect([unknown.status, unknown.headers.get("etag")]).toEqual([404, null]);
  });
});

test("a comment is no change of what programs read", async () => {
  const path = `${product.api.url}/api/v1/recommendations/${id}?target=tokens=1e6`;
  const ask = () => fetch(path, { headers: { authorization: `Bearer ${product.key}` } });
  const tag = (await ask()).headers.get("etag");
  await commentOnRecommendation(alice(), { id, body: "why?" });
  expect((await ask()).headers.get("etag")).toBe(tag);
});
