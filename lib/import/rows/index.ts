import type { HistoryFormat } from "../history";
import { splitPath } from "../source";
import { algoperf } from "./algoperf";
import { columnsOf } from "./columns";
import { csvFormat, folderOf } from "./csv";
import { json } from "./json";
import { jsonlFormat } from "./jsonl";
import { deepspeedMonitor, tensorboardCsv } from "./one-metric";
import { parquet } from "./parquet";
import { mlflowRuns, wandbRuns } from "./run-lists";
import { wandbExport } from "./wandb-export";

const lightning = csvFormat({
  name: "lightning",
  title: "metrics.csv of Lightning's CSVLogger",
  is: (path, { names }) => splitPath(path).name === "metrics.csv" && names.includes("epoch") && names.includes("step"),
  nameOf: (path) => folderOf(path) || null,
});

const keras = csvFormat({
  name: "keras",
  title: "history of Keras",
  is: (_, { names, hasHeader }) =>
    hasHeader && /^(epoch|)$/.test(names[0]!) && names.includes("loss") && columnsOf(names).step === names[0],
});

/** What programs call the file of every run: its folder tells them apart. */
const SAME_NAME =
  /^(metrics?|history|progress|trainer_log|logging|log_history|training_log|scalars|result|wandb-history)\.\w+$/i;
const nameOf = (path: string) => (SAME_NAME.test(splitPath(path).name) ? folderOf(path) || null : null);

const csv = csvFormat({ name: "csv", title: "delimited text with a row a step", is: () => true, nameOf });

const llamaFactory = jsonlFormat({
  name: "llama-factory",
  title: "trainer_log.jsonl of LLaMA-Factory",
  is: (_, names) => names.has("current_steps") && names.has("total_steps"),
  of: "total_steps",
  nameOf,
});

const jsonl = jsonlFormat({ name: "jsonl", title: "JSON lines with an object a step", is: () => true, nameOf });

/** Lists with one row a run, and tables with one row a step; those of known programs before any other. */
export const rows: readonly HistoryFormat[] = [
  wandbRuns,
  mlflowRuns,
  wandbExport,
  tensorboardCsv,
  deepspeedMonitor,
  lightning,
  keras,
  csv,
  llamaFactory,
  jsonl,
  json,
  parquet,
];

export { algoperf };
