import type { HistoryFormat, Sample } from "../history";
import { encodingOf } from "../source";
import { readText } from "./engine";
import { type Grammar, MOST_CHARACTERS } from "./grammar";
import { withoutPrefix } from "./prefix";

const sampled = new WeakMap<Sample, readonly string[]>();

/** The lines of a sample that are not empty; none where it is no text. */
function linesOf(sample: Sample): readonly string[] {
  const known = sampled.get(sample);
  if (known) return known;
  const encoding = encodingOf(sample.head);
  const text = (bytes: Uint8Array) => split(new TextDecoder(encoding ?? "utf-8").decode(bytes));
  const { head, middle = [], tail } = sample;
  // Where a file is longer than its sample, the lines at the edges of its pieces are cut.
  const lines = [
    ...(tail.length > 0 ? text(head).slice(0, -1) : text(head)),
    ...middle.flatMap((piece) => text(piece).slice(1, -1)),
    ...text(tail).slice(1),
  ];
  if (encoding === null) lines.length = 0;
  sampled.set(sample, lines);
  return lines;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences of terminals begin with one
const COLOURS = /\u001b\[[\d;]*m/g;

const split = (text: string) =>
  text
    .replace(COLOURS, "")
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== "")
    .map((line) => withoutPrefix(line).plain);

/** Formats of all programs: a sample belongs to the one that knows most of its lines, the earlier of equals. */
export function textFormats(grammars: readonly Grammar[]): HistoryFormat[] {
  const chosen = new WeakMap<Sample, Grammar | null>();
  const choice = (sample: Sample) => {
    const known = chosen.get(sample);
    if (known !== undefined) return known;
    const best = chooseFor(linesOf(sample), grammars);
    chosen.set(sample, best);
    return best;
  };
  return grammars.map((grammar) => ({
    name: grammar.name,
    title: grammar.title,
    ...(grammar.unverified && { unverified: true as const }),
    groupOf: (file, sample) => (choice(sample) === grammar ? file.path : null),
    appends: true,
    restarts: "anywhere",
    read: async (files, out) => {
      for (const file of files) await readText(grammar, file, out);
    },
  }));
}

function chooseFor(lines: readonly string[], grammars: readonly Grammar[]): Grammar | null {
  let best: Grammar | null = null;
  let most = 0;
  for (const grammar of grammars) {
    const known = lines.reduce((n, line) => n + (line.length <= MOST_CHARACTERS && grammar.sign.test(line) ? 1 : 0), 0);
    if (known > most) [best, most] = [grammar, known];
  }
  return best;
}
