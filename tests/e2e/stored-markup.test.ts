import { expect, test } from "vitest";
import { chartBlock } from "@/lib/report";
import { type Api, signIn } from "./api";
import { newKey, ROOT, run } from "./etalon";
import { signedIn } from "./signed-in";

/** Whatever people and programs write is shown as it is written, on every page and in every chart. */

const MARKUP = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;
const TERMINAL = "\u001b[31mred\u001b[0m \u001b]8;;javascript:document.title='taken'\u0007link\u001b]8;;\u0007";
const team = "team";
const pages: string[] = [];
let api: Api;

const s = signedIn("markup", async (s) => {
  const key = await newKey(s.etalon.dataDir, "write");
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${s.etalon.url}/api/v1${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect([path, response.status]).toEqual([path, 200]);
    return (await response.json()) as { id: string };
  };
  api = await signIn(s.etalon);
  await api.project.create.mutate({ team, project: { name: MARKUP, slug: "markup", question: MARKUP } });
  const table = `${ROOT}/tests/golden/data/quickstart-a.csv`;
  const imported = await run(s.etalon.dataDir, ["import", "table", table, "--project", "markup", "--json"]);
  expect(imported.code).toBe(0);
  const runs: string[] = [];
  for (const seed of [1, 2]) {
    const { id } = await post("/runs", {
      project: "markup",
      name: `${MARKUP} ${seed}`,
      config: { [MARKUP]: MARKUP, lr: seed },
      dimensions: { peakLr: seed / 1_000, architecture: MARKUP },
      tags: ["<b>tag</b>"],
      notes: MARKUP,
    });
    const steps = Array.from({ length: 50 }, (_, i) => i);
    const series = ["train/loss", `${MARKUP.slice(0, 60)}`].map((metric) => ({ metric, steps, values: steps }));
    await post(`/runs/${id}/metrics`, { writer: "w", seq: 0, series });
    await post(`/runs/${id}/logs`, { lines: [MARKUP, TERMINAL].map((text, line) => ({ line, text })) });
    await post(`/runs/${id}/alerts`, { key: "k", title: MARKUP, text: MARKUP, level: "error" });
    await post(`/runs/${id}/finish`, { state: "failed", error: MARKUP });
    runs.push(id);
  }
  const fit = await api.fit.save.mutate({ team, fit: { project: "markup", name: MARKUP, settings: {} } });
  const target = { batchSeqs: 8, seqLen: 64, tokens: 2_097_152, width: 64, baseWidth: 64, params: 93_696 };
  const recommendation = { fitId: fit.id, title: MARKUP, note: MARKUP, target };
  const { id } = await api.recommendation.create.mutate({ team, recommendation });
  await api.recommendation.publish.mutate({ team, id });
  await api.recommendation.comment.mutate({ team, comment: { id, body: MARKUP } });
  const report = await api.report.create.mutate({ team, report: { project: "markup", title: MARKUP } });
  const { updatedAt } = await api.report.get.query({ team, id: report.id });
  const body = `${MARKUP}\n\n[link](javascript:document.title='taken')\n\n${chartBlock({ fit: fit.id, chart: "curves" })}`;
  await api.report.save.mutate({ team, report: { id: report.id, title: MARKUP, body, basedOn: updatedAt } });
  const links = await Promise.all(
    [
      { kind: "report" as const, id: report.id },
      { kind: "recommendation" as const, id },
    ].map((of) => api.share.create.mutate({ team, link: { of } })),
  );
  const base = "/team/markup";
  pages.push(
    ...["/team", base, `${base}/runs`, `${base}/runs/${runs[0]}`, `${base}/runs/compare?runs=${runs.join(",")}`],
    ...[`${base}/fits`, `${base}/fits/${fit.id}`, `${base}/transfer`, `${base}/recommendations`, `${base}/reports`],
    ...[`${base}/recommendations/${id}`, `${base}/reports/${report.id}`, `${base}/imports`, "/team/settings/audit"],
    ...["/team/recommendations", ...links.map((l) => `/shared/${l.key}`)],
  );
});

test("on no page anything of it runs, also where the pointer rests on a chart", async () => {
  let shown = 0;
  for (const path of pages) {
    await s.page.goto(`${s.etalon.url}${path}`);
    await s.page.waitForLoadState("networkidle").catch(() => {});
    for (const canvas of (await s.page.locator("canvas").all()).slice(0, 3)) {
      await canvas.scrollIntoViewIfNeeded();
      for (const part of [0.3, 0.6]) {
        const box = await canvas.boundingBox();
        if (box) await s.page.mouse.move(box.x + box.width * part, box.y + box.height * 0.5);
        await s.page.waitForTimeout(60);
      }
    }
    const bad = await s.page.evaluate(() => ({
      taken: document.title === "taken",
      images: document.querySelectorAll("img[onerror]").length,
      links: document.querySelectorAll('a[href^="javascript:"]').length,
    }));
    expect([path, bad]).toEqual([path, { taken: false, images: 0, links: 0 }]);
    if ((await s.page.locator("body").innerText()).includes("<img src=x")) shown++;
  }
  expect(shown).toBeGreaterThan(8);
  expect(s.errors.filter((e) => !/404|not found/i.test(e))).toEqual([]);
}, 180_000);
