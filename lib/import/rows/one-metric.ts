import type { HistoryFormat, Output } from "../history";
import { type SourceFile, splitPath } from "../source";
import { readSheet, sampleOf, sheetOf } from "./csv";
import { RowTaker } from "./taker";

const DOWNLOAD = /^run-(.*?)-tag-(.+)\.csv$/i;

/** TensorBoard's own downloads: `Wall time,Step,Value`, a file a metric. */
export const tensorboardCsv: HistoryFormat = {
  name: "tensorboard-csv",
  title: "CSV downloads of TensorBoard",
  appends: false,
  restarts: "anywhere",
  groupOf: (file, sample) => {
    if (sheetOf(sample)?.names.join(",") !== "Wall time,Step,Value") return null;
    const { folder, name } = splitPath(file.path);
    const run = DOWNLOAD.exec(name)?.[1];
    return run === undefined ? file.path : `${folder}/${run}`;
  },
  async read(files, out) {
    const run = DOWNLOAD.exec(splitPath(files[0]!.path).name)?.[1];
    if (run) out.run().name = run.slice(-200);
    for (const file of files) {
      const { name } = splitPath(file.path);
      await readOne(file, { value: "Value", metric: DOWNLOAD.exec(name)?.[2] ?? stem(name) }, out);
    }
  },
};

/** DeepSpeed's CSV monitor: `step,<metric>`, a file a metric that is called like it; steps are samples. */
export const deepspeedMonitor: HistoryFormat = {
  name: "deepspeed-monitor",
  title: "CSV monitor of DeepSpeed",
  appends: true,
  restarts: "anywhere",
  groupOf: (file, sample) => {
    const { folder, name } = splitPath(file.path);
    const names = sheetOf(sample)?.names ?? [];
    return names.length === 2 && names[0] === "step" && names[1] === stem(name) ? `${folder}/` : null;
  },
  async read(files, out) {
    out.run().name = splitPath(files[0]!.path).folder.slice(-200) || null;
    for (const file of files) {
      const metric = stem(splitPath(file.path).name);
      await readOne(file, { value: metric, metric }, out);
    }
  },
};

async function readOne(
  file: SourceFile,
  { value, metric }: { value: string; metric: string },
  out: Output,
): Promise<void> {
  const sheet = sheetOf(await sampleOf(file))!;
  const { names } = sheet;
  const columns = {
    step: names.find((name) => /^step$/i.test(name))!,
    isSure: true,
    epoch: null,
    time: names.find((name) => name === "Wall time") ?? null,
    tokens: null,
    run: null,
    split: null,
    metric: null,
    value: null,
  };
  const taker = new RowTaker({ columns, path: file.path, out });
  const named = names.map((name) => (name === value ? metric : name));
  const takers = {
    roleOf: (name: string) => taker.roleOf(name),
    end: () => taker.end(),
    row: (_: readonly string[], ...rest: Rest) => taker.row(named, ...rest),
  };
  await readSheet(file, { sheet, columns, takers }, out);
}

type Rest = Parameters<RowTaker["row"]> extends [unknown, ...infer R] ? R : never;

const stem = (name: string) => name.replace(/\.csv$/i, "");
