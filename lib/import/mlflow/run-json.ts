import { quoteWords } from "../../json";
import type { HistoryFormat } from "../history";
import { type SourceFile, wholeOf } from "../source";
import { deletedMessage, type Logged, tellAbout, tellPoints, valueIn } from "./tell";

const MOST_BYTES = 512 << 20;
type Values = Record<string, unknown>;

/** One run as JSON: of mlflow-export-import, or as MLflow's REST interface answers. */
export const mlflowJson: HistoryFormat = {
  name: "mlflow-json",
  title: "run of MLflow as JSON",
  appends: false,
  restarts: "anywhere",
  groupOf: (file, { head }) => {
    const text = new TextDecoder().decode(head);
    const isRun = /^\s*\{/.test(text) && /"info"\s*:\s*\{/.test(text) && /"run_(uu)?id"\s*:/.test(text);
    return isRun && /"(lifecycle_stage|status)"\s*:/.test(text) ? file.path : null;
  },
  async read([file], out) {
    const { info, params, tags, metrics } = partsOf(await parsed(file!));
    const text = (key: string) => (typeof info[key] === "string" && info[key] !== "" ? (info[key] as string) : null);
    const id = text("run_id") ?? text("run_uuid");
    if (info.lifecycle_stage === "deleted") return out.problem(file!.path, null, deletedMessage(id));
    const run = out.run();
    tellAbout(
      {
        id,
        name: text("run_name") ?? text("name"),
        status: info.status,
        startedAt: timeOf(info.start_time),
        endedAt: timeOf(info.end_time),
        experiment: text("experiment_id"),
        params: new Map(params),
        tags: new Map(tags),
      },
      run,
    );
    await tellPoints(metrics, run, out);
  },
};

async function parsed(file: SourceFile): Promise<Values> {
  const text = quoteWords(new TextDecoder().decode(await wholeOf(file, MOST_BYTES)));
  try {
    return objectIn(JSON.parse(text));
  } catch (e) {
    throw new Error(`it is no whole JSON: ${(e as Error).message}`);
  }
}

function partsOf(all: Values) {
  const run = objectIn(all.mlflow ?? all.run ?? all);
  const data = objectIn(run.data ?? run);
  return {
    info: objectIn(run.info),
    params: pairsIn(data.params),
    tags: pairsIn(data.tags),
    metrics: metricsIn(data.metrics),
  };
}

/** `{name: [{value, timestamp, step}]}`, or a list of `{key, value, timestamp, step}`. */
function metricsIn(metrics: unknown): Logged[][] {
  const lists: [string, unknown][] = Array.isArray(metrics)
    ? metrics.map((m) => [String(objectIn(m).key ?? ""), [m]])
    : Object.entries(objectIn(metrics));
  return lists.map(([metric, values]) =>
    (Array.isArray(values) ? values : [{ value: values }]).flatMap((one) => {
      const { value, timestamp, step } = objectIn(one);
      const number = typeof value === "number" ? value : typeof value === "string" ? valueIn(value) : null;
      return number === null
        ? []
        : [{ metric, value: number, time: timeOf(timestamp) ?? Number.NaN, step: Number(step ?? 0) }];
    }),
  );
}

function pairsIn(pairs: unknown): [string, string][] {
  if (Array.isArray(pairs)) return pairs.map((p) => [String(objectIn(p).key), String(objectIn(p).value)]);
  return Object.entries(objectIn(pairs)).map(([key, value]) => [key, String(value)]);
}

function timeOf(value: unknown): number | null {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number > 0 ? number : null;
}

function objectIn(value: unknown): Values {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Values) : {};
}
