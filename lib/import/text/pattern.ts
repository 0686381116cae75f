import { type Grammar, NUMBER, type Row } from "./grammar";

/** A log of somebody's own, described by its lines. */
export interface LogPattern {
  name: string;
  /** `step {step}/{of} loss {loss} lr {lr} {*}`: text as it stands, and names of the numbers between. */
  lines: readonly string[];
}

const PLACE = /\{([^{}]*)\}/g;
const NUMBERS = new RegExp(`(?<![\\w.])(?:${NUMBER})(?![\\d.])`, "gi");
const COUNTERS = new Set(["step", "of", "tokens"]);
/** What is between numbers and not said: at most so often, so that a line is looked at in time of its length. */
const MOST_GAPS = 2;
const MOST_PLACES = 50;
const LONGEST = 2_000;

/** What is wrong with a line of a pattern, and what to do; null for a good one. */
export function patternProblem(line: string): string | null {
  const names = [...line.matchAll(PLACE)].map((m) => m[1]!.trim());
  const rest = line.replace(PLACE, "");
  if (line.length > LONGEST) return `it has ${line.length} characters; a line may have ${LONGEST}`;
  if (/[{}]/.test(rest)) return "a bracket is not closed; names stand as {name}";
  if (names.some((name) => name === "")) return "a bracket has no name; {*} is a number that is not taken";
  if (names.length > MOST_PLACES) return `it has ${names.length} places; a line may have ${MOST_PLACES}`;
  const twice = names.find((name, i) => name !== "*" && name !== "..." && names.indexOf(name) !== i);
  if (twice !== undefined) return `"${twice}" stands twice`;
  if (names.filter((name) => name === "...").length > MOST_GAPS) return `{...} may stand ${MOST_GAPS} times`;
  if (!names.some((name) => !COUNTERS.has(name) && name !== "*" && name !== "...")) return "it names no metric: {loss}";
  return rest.trim() === "" ? "it has no text of its own, by which its lines are known" : null;
}

/** How logs of that pattern are read. Throws an Error with the first line that is wrong. */
export function grammarOfPattern({ name, lines }: LogPattern): Grammar {
  const problem = lines.map((line) => [line, patternProblem(line)] as const).find(([, p]) => p !== null);
  if (problem) throw new Error(`"${problem[0].slice(0, 100)}": ${problem[1]}`);
  if (lines.length === 0) throw new Error("a pattern needs a line");
  const rows = lines.map(rowOf);
  if (!lines.some((line) => line.includes("{step}"))) throw new Error("one line must say the step: {step}");
  const sign = new RegExp(rows.map((row) => `(?:${row.line.source.replaceAll(/\?<\w+>/g, "?:")})`).join("|"));
  return { name: `pattern: ${name}`, title: name, sign, rows };
}

function rowOf(line: string): Row {
  const names: Record<string, string> = {};
  let [source, from, has] = ["", 0, ""];
  const literal = (text: string) => {
    for (const word of text.split(/\s+/)) if (word.length > has.length) has = word;
    return text
      .split(/\s+/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join("\\s+");
  };
  for (const match of line.matchAll(PLACE)) {
    const name = match[1]!.trim();
    source += literal(line.slice(from, match.index));
    from = match.index + match[0].length;
    if (name === "...") source += ".*?";
    else if (name === "*") source += `(?:${NUMBER})`;
    else {
      const group = COUNTERS.has(name) ? name : `m${Object.keys(names).length}`;
      if (group !== name) names[group] = name;
      source += `(?<${group}>${NUMBER})`;
    }
  }
  return { has, line: new RegExp(source + literal(line.slice(from)), "i"), names };
}

/** A number of a line, with the name that the words before it give it. */
export interface Marked {
  from: number;
  to: number;
  name: string;
}

/** The numbers of a line, each with a guess of what it is. */
export function numbersOf(line: string): Marked[] {
  const taken = new Set<string>();
  let end = 0;
  return [...line.matchAll(NUMBERS)].map((match) => {
    const before = line.slice(end, match.index);
    const word = /([A-Za-z_][\w./-]*(?: [A-Za-z_][\w./-]*)?)["']?\s*[:=]?\s*$/.exec(before)?.[1] ?? "";
    const from = match.index;
    const isOf = /^\s*\/\s*$|^\s+of\s+$/.test(before) && taken.has("step");
    end = from + match[0].length;
    const known = isOf ? "of" : /^(global[_ ]?step|step|iter(ation)?|update)s?$/i.test(word) ? "step" : word;
    const name = known === "" || taken.has(known) ? "" : known;
    if (name) taken.add(name);
    return { from, to: end, name };
  });
}

/** A line with names in place of its numbers; those without a name may be any. */
export function patternLine(line: string, marks: readonly Marked[]): string {
  let [text, from] = ["", 0];
  for (const mark of marks) {
    text += `${line.slice(from, mark.from)}{${mark.name.trim() || "*"}}`;
    from = mark.to;
  }
  return text + line.slice(from);
}
