import { isMissing, numberIn, stepIn, timeIn } from "./cells";
import { BATCH, type Columns, columnsOf, isEpoch, LISTS, LOSS, OF_A_RUN, RATE } from "./columns";

/** Rows of a table by the names of their columns, as many as were looked at. */
export type Sampled = readonly Readonly<Record<string, unknown>>[];

/**
 * How rows stand on the way of training; null for a table of results, in which each row is a run, and for one without
 * metrics.
 */
export function courseOf(names: readonly string[], rows: Sampled): Columns | null {
  if (rows.length === 0) return null;
  const columns = columnsOf(names);
  if (columns.step !== null && !isCounter(rows, columns.step)) columns.step = null;
  columns.step ??= byContent(names, rows);
  if (columns.time !== null && !rows.some((row) => !Number.isNaN(timeIn(row[columns.time!])))) columns.time = null;
  if (columns.step === null && (columns.time === null || rows.length < 3)) return null;
  if (columns.metric === null) {
    const metrics = metricsOf(names, columns, rows);
    // Times without steps are kept of a machine too.
    if (metrics.length === 0 || (columns.step === null && !metrics.some((name) => LOSS.test(name)))) return null;
  }
  settleRuns(columns, names, rows);
  if (isListOfRuns(columns, names, rows)) return null;
  return grows(columns, rows) ? columns : null;
}

/** Names of the columns that hold numbers and are no axis. */
function metricsOf(names: readonly string[], columns: Columns, rows: Sampled): string[] {
  const axes = new Set<string | null>([columns.step, columns.time, columns.tokens, columns.run, columns.split]);
  return names.filter((name) => !axes.has(name) && rows.some((row) => numberIn(row[name]) !== null));
}

function isCounter(rows: Sampled, name: string): boolean {
  const cells = rows.map((row) => row[name]).filter((cell) => !isMissing(cell));
  const numbers = cells.map((cell) => stepIn(cell)?.step ?? null);
  return numbers.length > 0 && numbers.filter((n) => n !== null && Number.isFinite(n)).length >= 0.9 * numbers.length;
}

/** A first column of whole numbers that grow, beside what looks like a loss. */
function byContent(names: readonly string[], rows: Sampled): string | null {
  const [name] = names;
  if (name === undefined || rows.length < 3 || [OF_A_RUN, BATCH, RATE, LISTS].some((p) => p.test(name.trim())))
    return null;
  const numbers = rows.map((row) => numberIn(row[name]));
  const isGrowing = numbers.every((n, i) => n !== null && Number.isInteger(n) && (i === 0 || n > numbers[i - 1]!));
  return isGrowing && names.slice(1).some((n) => LOSS.test(n)) ? name : null;
}

/** A name of a run that comes with several rows makes several runs of them; one a row makes a list of runs. */
function settleRuns(columns: Columns, names: readonly string[], rows: Sampled): void {
  const candidates = names.filter((name) => name === columns.run || LISTS.test(name.trim()));
  for (const name of candidates) {
    const values = new Set(rows.map((row) => String(row[name] ?? "")));
    if (name === columns.run && (values.size === rows.length || values.size <= 1) && rows.length > 1)
      columns.run = null;
  }
  if (
    columns.run !== null &&
    rows.every((row) => isMissing(row[columns.run!]) || numberIn(row[columns.run!]) !== null)
  ) {
    if (!/run|exp|trial/i.test(columns.run)) columns.run = null;
  }
}

function isListOfRuns(columns: Columns, names: readonly string[], rows: Sampled): boolean {
  const told = (name: string) => rows.map((row) => row[name]).filter((cell) => !isMissing(cell));
  const varies = (name: string) => new Set(told(name).map(String)).size > 1;
  const like = (pattern: RegExp) => names.filter((name) => name !== columns.step && pattern.test(name.trim()));
  const perRun = columns.run === null;
  const distinct = (name: string) => new Set(rows.map((row) => String(row[name] ?? ""))).size === rows.length;
  // A name, an id or a state of its own for each row.
  if (perRun && rows.length > 1 && like(/^(name|run|run[_ ]?(name|id|uuid)|id|model(_name)?)$/i).some(distinct))
    return true;
  if (like(LISTS).length >= (perRun ? 2 : 3)) return true;
  if (perRun && like(OF_A_RUN).some(varies)) return true;
  if (columns.isSure || (columns.step !== null && isEpoch(columns.step))) return false;
  return like(BATCH).some(varies) || like(RATE).some((name) => jumps(rows.map((row) => numberIn(row[name]))));
}

/** Rates of a grid lie far apart, those of a schedule do not. */
function jumps(rates: (number | null)[]): boolean {
  const known = rates.filter((r): r is number => r !== null && r > 0);
  const far = known.slice(1).filter((r, i) => Math.max(r / known[i]!, known[i]! / r) > 1.4);
  return far.length > known.length / 3;
}

/** Whether steps grow: within each run, and but for restarts or epochs that count anew. */
function grows(columns: Columns, rows: Sampled): boolean {
  const last = new Map<string, { step: number; epoch: number }>();
  let [forth, back, same, pairs] = [0, 0, 0, 0];
  let previous: Readonly<Record<string, unknown>> = {};
  for (const row of rows) {
    const above = previous;
    previous = row;
    const step = columns.step === null ? timeIn(row[columns.time!]) : (stepIn(row[columns.step])?.step ?? null);
    if (step === null || Number.isNaN(step)) continue;
    const key = columns.run === null ? "" : String(row[columns.run]);
    const epoch = columns.epoch === null ? 0 : (numberIn(row[columns.epoch]) ?? 0);
    const before = last.get(key);
    last.set(key, { step, epoch });
    if (!before) continue;
    pairs++;
    if (step > before.step || epoch > before.epoch) forth++;
    else if (step < before.step) back++;
    else if (overlaps(row, above, columns)) same++;
  }
  if (pairs === 0) return columns.isSure && last.size > 0 && rows.length <= 2;
  if (forth === 0 || (columns.metric === null && same > 0.5 * pairs)) return false;
  return back <= (columns.isSure ? Math.max(1, 0.25 * pairs) : 0.1 * pairs);
}

/** Whether two rows of one step have a value of the same metric: those of training and of evaluation have none. */
function overlaps(
  row: Readonly<Record<string, unknown>>,
  above: Readonly<Record<string, unknown>>,
  columns: Columns,
): boolean {
  const axes = Object.values(columns);
  return Object.keys(row).some((n) => !axes.includes(n) && numberIn(row[n]) !== null && numberIn(above[n]) !== null);
}
