import { writeFileSync } from "node:fs";
import * as echarts from "echarts";
import { curvesOf, optimumOf } from "@/lib/estimate";
import { fitLaw, fitSettingsSchema } from "@/lib/fit";
import { quickstartRuns } from "../../tests/golden/read-data";
import { lrLossOption } from "./lr-loss";
import { powerLawOption } from "./power-law";

const theme = {
  dark: false,
  text: "#111",
  muted: "#666",
  line: "#ddd",
  surface: "#fff",
  accent: "#05a",
  diverged: "#b45f06",
  failed: "#a00",
  finished: "#070",
};
const runs = quickstartRuns("quickstart-a.csv");
const o = curvesOf(
  runs.filter((r) => r.width === 32 && r.batchSeqs === 8),
  { lossMetric: "final", seeds: "average" },
).map((c) => optimumOf(c, "ew"));
const r = fitLaw(runs, fitSettingsSchema.parse({}));
let html = "";
for (const option of [
  lrLossOption(o, theme),
  powerLawOption({ fit: r.fit as never, optima: r.optima, excluded: new Set() }, theme),
]) {
  const c = echarts.init(null, undefined, { renderer: "svg", ssr: true, width: 800, height: 420 });
  c.setOption({ animation: false, ...option });
  html += c.renderToSVGString();
}
writeFileSync("/tmp/proto/shot.html", `<body style="margin:0;background:#fff">${html}</body>`);
