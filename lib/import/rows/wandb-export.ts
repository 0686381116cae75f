import type { HistoryFormat, RunOutput } from "../history";
import { HEAD_BYTES } from "../source";
import { numberIn } from "./cells";
import { readSheet, type Sheet, sampleOf, sheetOf } from "./csv";
import type { Role } from "./taker";

/** `NAME - metric`, `Group: NAME - metric`; the name may have blanks and dashes of its own. */
const SERIES = /^(?:Group: )?([\s\S]*\S) - (\S[\s\S]*?)(?: \(\d+\))?$/;
const EXTREME = /__(MIN|MAX)(?: \(\d+\))?$/;
const LONGEST_HEADER = 4 << 20;
/** What W&B adds to the metrics that were drawn. */
const ADDED = new Set(["_step", "_runtime", "_timestamp"]);

/** The data of a W&B chart as CSV: a step a row, and of each run its value, its least and its greatest. */
export const wandbExport: HistoryFormat = {
  name: "wandb-export",
  title: "CSV of a W&B chart",
  appends: false,
  restarts: "anywhere",
  groupOf: (file, sample) => {
    const sheet = sheetOf(sample);
    return (sheet ? isExport(sheet) : isLongHeader(sample.head)) ? file.path : null;
  },
  async read([file], out) {
    const sheet = sheetOf(await sampleOf(file!, LONGEST_HEADER));
    if (!sheet) throw new Error("it has no rows below its header");
    const runs = new Map<string, RunOutput>();
    let known: readonly string[] | null = null;
    let series: (Series | null)[] = [];
    const columns = { ...NONE, step: sheet.names[0]! };
    const takers = {
      roleOf: (): Role => "metric-column",
      end: () => {},
      row(names: readonly string[], _: readonly Role[], cells: readonly unknown[], line: number | null) {
        if (names !== known) series = seriesOf(names);
        known = names;
        const step = numberIn(cells[0]);
        if (step === null || Number.isNaN(step))
          return out.problem(file!.path, line, `"${cells[0]}" of ${names[0]} is no step; the row is left out`);
        series.forEach((one, i) => {
          const value = one && numberIn(cells[i]);
          if (!one || value === null) return;
          let run = runs.get(one.run);
          if (!run) {
            run = out.run(one.run);
            run.name = one.run.slice(-200);
            runs.set(one.run, run);
          }
          run.point(one.metric, step, value);
        });
      },
    };
    await readSheet(file!, { sheet, columns, takers }, out);
  },
};

const NONE = {
  step: null,
  isSure: true,
  epoch: null,
  time: null,
  tokens: null,
  run: null,
  split: null,
  metric: null,
  value: null,
};

interface Series {
  run: string;
  metric: string;
}

/** A chart of a thousand runs has a header that is longer than what is looked at of a file. */
function isLongHeader(head: Uint8Array): boolean {
  const text = new TextDecoder().decode(head);
  return head.length >= HEAD_BYTES && !text.includes("\n") && /^"[^"]+","[^"]+ - [^"]+","[^"]+__MIN","/.test(text);
}

function isExport({ names, hasHeader }: Sheet): boolean {
  const others = names.slice(1);
  return hasHeader && others.length > 0 && others.every((name) => SERIES.test(name)) && !SERIES.test(names[0]!);
}

/** What each column is of; a second run of a name is called `name (2)`. Extremes are those of points drawn as one. */
function seriesOf(names: readonly string[]): (Series | null)[] {
  const seen = new Map<string, number>();
  return names.map((name, i) => {
    const match = i === 0 || EXTREME.test(name) ? null : SERIES.exec(name);
    if (!match || ADDED.has(match[2]!)) return null;
    const [, run, metric] = match as unknown as [string, string, string];
    const both = `${run} - ${metric}`;
    const nth = (seen.get(both) ?? 0) + 1;
    seen.set(both, nth);
    return { run: nth === 1 ? run : `${run} (${nth})`, metric };
  });
}
