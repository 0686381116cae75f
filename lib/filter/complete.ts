import { FIELD_WORDS, type Key, OPERATORS, parseKey, quoted, RUN_FIELDS } from "./keys";
import { type Token, tokenise } from "./tokens";

/** What may stand at the caret of a filter, what of it is typed already, and which characters a choice replaces. */
export interface Place {
  expects: "key" | "operator" | "value";
  /** The key that an operator or a value is for. */
  key: Key | null;
  typed: string;
  from: number;
  to: number;
}

/** Where the caret stands in a filter, which may be half typed; null where nothing can be offered. */
export function placeAt(text: string, caret: number): Place | null {
  const start = text.slice(0, caret);
  const { tokens, end } = tokenise(start);
  const open = openText(start, end);
  if (end < start.length && !open) return null;
  const last = tokens.at(-1);
  const partial = open ?? (last?.kind === "word" && last.end === caret ? last : null);
  const before = partial === last ? tokens.slice(0, -1) : tokens;
  const rest = partial && !open ? (/^[^\s"'=<>!~(),|]*/.exec(text.slice(caret))?.[0] ?? "") : "";
  const at = { typed: partial?.text ?? "", from: partial?.at ?? caret, to: caret + rest.length };
  const valued = comparisonAt(before);
  // What is above or below a value need not be a value of a run.
  if (valued) return /^!?=$/.test(valued.operator) ? { expects: "value", key: valued.key, ...at } : null;
  if (open) return null;
  const previous = before.at(-1);
  const key = previous?.kind === "word" && !comparisonAt(before.slice(0, -1)) ? parseKey(previous.text) : null;
  if (key && !partial) return { expects: "operator", key, ...at };
  return { expects: "key", key: null, ...at };
}

/** What can be said without looking at runs: operators, and the words or truths of a field that has no other values. */
export function knownChoices({ expects, key }: Place): readonly string[] | null {
  if (expects === "operator") return OPERATORS;
  if (expects !== "value" || key?.kind !== "field") return null;
  return RUN_FIELDS[key.field] === "boolean" ? ["true", "false"] : (FIELD_WORDS[key.field] ?? null);
}

/** The filter with what was chosen at a place, and where the caret goes. */
export function completed(text: string, place: Place, chosen: string): { text: string; caret: number } {
  const word = place.expects === "value" ? quoted(chosen) : chosen;
  const start = `${text.slice(0, place.from)}${word} `;
  return { text: start + text.slice(place.to).replace(/^ /, ""), caret: start.length };
}

/** Those that begin with what is typed, then those that hold it, each in their order. */
export function matching<T>(choices: readonly T[], typed: string, textOf: (choice: T) => string): T[] {
  const wanted = typed.toLowerCase();
  const at = choices.map((choice) => textOf(choice).toLowerCase().indexOf(wanted));
  return [...choices.filter((_, i) => at[i] === 0), ...choices.filter((_, i) => at[i]! > 0)];
}

/** A text whose closing quotation mark is still to come. */
function openText(start: string, end: number): Pick<Token, "kind" | "text" | "at"> | null {
  const isOpen = start[end] === '"' || start[end] === "'";
  return isOpen ? { kind: "text", text: start.slice(end + 1), at: end } : null;
}

/** The comparison of which these tokens leave the value open: `lr =`, `width = 32 |`. */
function comparisonAt(tokens: readonly Token[]): { key: Key; operator: string } | null {
  let i = tokens.length - 1;
  while (tokens[i]?.kind === "|") i -= 2;
  const [field, operator] = [tokens[i - 1], tokens[i]];
  const key = operator?.kind === "operator" && field?.kind === "word" ? parseKey(field.text) : null;
  return key && { key, operator: operator!.text };
}
