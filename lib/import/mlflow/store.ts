import type { Beside, HistoryFormat, Output } from "../history";
import { eachLine } from "../lines";
import { type SourceFile, splitPath, wholeOf } from "../source";
import { CUT, isCut, parseYaml } from "../yaml";
import { type About, deletedMessage, type Logged, tellAbout, tellPoints, valueIn } from "./tell";

const META = "meta.yaml";
const MOST_BYTES = 1 << 20;
const PART = /\/(metrics|params|tags)\//g;

/** The files of MLflow's file store: a folder a run, in it a file a metric, a parameter, a tag. */
export const mlflowStore: HistoryFormat = {
  name: "mlflow",
  title: "MLflow file store",
  appends: true,
  restarts: "anywhere",
  groupOf: (file, { head }, beside) => {
    const { folder, name } = splitPath(file.path);
    if (name === META) return /^run_(uu)?id\s*:/m.test(new TextDecoder().decode(head)) ? `${folder}/` : null;
    return partOf(file.path, beside)?.folder ?? null;
  },
  async read(files, out) {
    const meta = files.find(({ path }) => splitPath(path).name === META && !PART_OF_RUN.test(path))!;
    const home = `${splitPath(meta.path).folder}/`.replace(/^\/$/, "");
    const about = await aboutOf(meta, out);
    if (!about.hasStage)
      out.problem(meta.path, null, "it does not say whether the run is active or deleted: it may be cut");
    if (about.isDeleted) return out.problem(meta.path, null, deletedMessage(about.id));
    const metrics: Logged[][] = [];
    const params = new Map<string, string>();
    const tags = new Map<string, string>();
    for (const file of files) {
      const [, kind, name] = /^(metrics|params|tags)\/([\s\S]+)$/.exec(file.path.slice(home.length)) ?? [];
      if (kind === undefined || name === undefined) continue;
      if (kind === "metrics") metrics.push(await readMetric(file, name, out));
      else (kind === "params" ? params : tags).set(name, new TextDecoder().decode(await wholeOf(file, MOST_BYTES)));
    }
    const run = out.run();
    tellAbout({ ...about, params, tags }, run);
    await tellPoints(metrics, run, out);
  },
};

const PART_OF_RUN = /\/(metrics|params|tags)\/.*\/meta\.yaml$/;

/** The run's folder and the name below it, where its meta.yaml is there too. */
function partOf(path: string, beside: Beside): { folder: string } | null {
  const whole = `/${path}`;
  for (const { index } of whole.matchAll(PART)) {
    const folder = whole.slice(1, index);
    if (beside.has(folder === "" ? META : `${folder}/${META}`)) return { folder: `${folder}/` };
  }
  return null;
}

async function aboutOf(file: SourceFile, out: Output): Promise<About & { isDeleted: boolean; hasStage: boolean }> {
  const yaml = new TextDecoder().decode(await wholeOf(file, MOST_BYTES));
  const values = await parseYaml(yaml);
  if (isCut(yaml)) out.problem(file.path, null, CUT);
  if (typeof values !== "object" || values === null) throw new Error("it has no names with values");
  const meta = values as Record<string, unknown>;
  const text = (key: string) => (meta[key] === undefined || meta[key] === null ? null : String(meta[key]) || null);
  const time = (key: string) => (typeof meta[key] === "number" ? (meta[key] as number) : null);
  return {
    id: text("run_id") ?? text("run_uuid"),
    name: text("run_name") ?? text("name"),
    status: meta.status,
    startedAt: time("start_time"),
    endedAt: time("end_time"),
    experiment: text("experiment_id"),
    params: new Map(),
    tags: new Map(),
    isDeleted: meta.lifecycle_stage === "deleted",
    hasStage: meta.lifecycle_stage === "deleted" || meta.lifecycle_stage === "active",
  };
}

/** Lines of `ms value step`; before MLflow 1.0 without the step. */
async function readMetric(file: SourceFile, metric: string, out: Output): Promise<Logged[]> {
  const points: Logged[] = [];
  let hasSteps = false;
  let lastLine = 0;
  const count = await eachLine(file, {
    unended: (line) => {
      lastLine = line;
    },
    line: (text, line) => {
      if (text.trim() === "") return;
      if (line === lastLine) return out.problem(file.path, line, "the file ends within the line, which is left out");
      const [ms, digits, step] = text.trim().split(/\s+/);
      hasSteps ||= step !== undefined;
      const counted = hasSteps ? Number.NaN : points.length;
      const [time, value, at] = [Number(ms), valueIn(digits ?? ""), step === undefined ? counted : Number(step)];
      if (value === null || !Number.isFinite(time) || !Number.isFinite(at))
        out.problem(file.path, line, `"${text.slice(0, 100)}" is no time, value and step; the line is left out`);
      else points.push({ metric, value, time, step: at });
    },
  });
  out.lines(file.path, count);
  return points;
}
