import type { HistoryFormat, Output } from "../history";
import { type SourceFile, splitPath } from "../source";
import { isMissing, numberIn } from "./cells";
import { courseOf } from "./course";
import { folderOf, readSheet, sampleOf, sheetOf } from "./csv";
import type { Role } from "./taker";

const STEP = "global_step";
const ALL = "measurements.csv";
const EVALUATIONS = "eval_measurements.csv";

/** A trial of AlgoPerf: its measurements, and the same again as evaluations alone and as events. */
export const algoperf: HistoryFormat = {
  name: "algoperf",
  title: "measurements of AlgoPerf",
  appends: true,
  restarts: "anywhere",
  groupOf: (file, sample, beside) => {
    const { folder, name } = splitPath(file.path);
    if (/tfevents/.test(name)) return beside.has(`${folder === "" ? "" : `${folder}/`}${ALL}`) ? folder : null;
    if (name !== ALL && name !== EVALUATIONS) return null;
    const names = sheetOf(sample)?.names ?? [];
    return names.includes(STEP) && names.some((n) => /^(score|total_duration|accumulated_)/.test(n)) ? folder : null;
  },
  async read(files, out) {
    const of = (name: string) => files.find(({ path }) => splitPath(path).name === name);
    const [all, evaluations] = [of(ALL), of(EVALUATIONS)];
    const run = out.run();
    run.name = folderOf(files[0]!.path).slice(-200) || null;
    run.losses = { heldOut: "validation/loss", train: "loss" };
    const known = all ? await valuesOf(all, out) : [];
    const more = evaluations ? added(await valuesOf(evaluations, out), known, evaluations, out) : [];
    const goesBack = known.some((v, i) => i > 0 && v.step < known[i - 1]!.step);
    const values =
      more.length > 0 && !goesBack ? [...known, ...more].sort((p, q) => p.step - q.step) : [...known, ...more];
    for (const { metric, step, value } of values) run.point(metric, step, value);
    for (const { path } of files.filter(({ path }) => /tfevents/.test(splitPath(path).name)))
      out.problem(path, null, `not read: ${all ? ALL : EVALUATIONS} beside it is of the same trial`);
  },
};

interface Value {
  metric: string;
  step: number;
  value: number;
}

async function valuesOf(file: SourceFile, out: Output): Promise<Value[]> {
  const values: Value[] = [];
  const sheet = sheetOf(await sampleOf(file));
  const columns = sheet && courseOf(sheet.names, sheet.rows);
  if (!sheet || !columns) {
    out.problem(file.path, null, "it holds no rows with growing steps");
    return values;
  }
  const takers = {
    roleOf: (name: string): Role => (name === STEP ? "step" : "metric-column"),
    end: () => {},
    row(names: readonly string[], roles: readonly Role[], cells: readonly unknown[], line: number | null) {
      const at = cells[roles.indexOf("step")];
      const step = numberIn(at);
      if (step === null || Number.isNaN(step))
        return out.problem(
          file.path,
          line,
          isMissing(at) ? "the row has no step" : `"${at}" is no step; the row is left out`,
        );
      names.forEach((metric, i) => {
        const value = roles[i] === "step" ? null : numberIn(cells[i]);
        if (value !== null) values.push({ metric, step, value });
      });
    },
  };
  await readSheet(file, { sheet, columns, takers }, out);
  return values;
}

/** The two are written by different means: the last digits may differ. */
function isSame(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= 1e-12 * Math.abs(a);
}

/** What a second file says that the first did not. */
function added(values: readonly Value[], known: readonly Value[], file: SourceFile, out: Output): Value[] {
  const keyOf = ({ metric, step }: Value) => `${step} ${metric}`;
  const has = new Map<string, number[]>();
  for (const v of known) has.set(keyOf(v), [...(has.get(keyOf(v)) ?? []), v.value]);
  const more = values.filter((v) => !has.get(keyOf(v))?.some((own) => isSame(own, v.value)));
  const same = values.length - more.length;
  if (same > 0)
    out.problem(file.path, null, `${same} of its ${values.length} values are those of ${ALL}, and count once`);
  return more;
}
