import { readNumber } from "../format";
import { type ExactNumber, readJson } from "../json";
import {
  type Comparison,
  FIELD_WORDS,
  type Filter,
  type Key,
  OPERATORS,
  type Operator,
  parseKey,
  RUN_FIELDS,
} from "./keys";
import { type Token, tokenise } from "./tokens";

/** What is wrong with a filter, and where: `position` counts characters from 0. */
export class FilterError extends Error {
  constructor(
    message: string,
    readonly position: number,
  ) {
    super(`${message} (at character ${position + 1})`);
    this.name = "FilterError";
  }
}

const MOST_CHARACTERS = 4_000;
const MOST_DEPTH = 50;

/** Of SQL; after a field they are no names to look for. */
const NO_OPERATORS = /^(in|is|between|like|ilike|contains|not)$/i;

/**
 * Reads a filter such as `state = finished and lr >= 1e-3 and not tag = draft`, `config.optimizer.name = adamw`,
 * `metric("val/loss").min < 2.5 or name ~ "abl"`, `width = 32|64, tokens <= 256k`. Parts that follow each other, with a
 * comma or without, must all hold; `|` stands between values of which one must be equal; `~` finds a part of a text
 * without regard to case. A text with blanks, commas, bars, brackets or signs stands in quotes. Null for an empty
 * filter. Throws a FilterError.
 */
export function parseFilter(text: string): Filter | null {
  if (text.length > MOST_CHARACTERS)
    throw new FilterError(`a filter may have ${MOST_CHARACTERS} characters`, MOST_CHARACTERS);
  const nul = text.indexOf("\0");
  if (nul >= 0) throw new FilterError("the character U+0000 is not allowed", nul);
  const { tokens, end } = tokenise(text);
  if (end < text.length) throw new FilterError(notUnderstood(text[end]!), end);
  if (tokens.length === 0) return null;
  const reader = new Reader(tokens, text.length);
  const filter = reader.any(0);
  const rest = reader.peek();
  if (rest) throw new FilterError(`"${rest.text}" is not expected here`, rest.at);
  return filter;
}

function notUnderstood(character: string): string {
  return /["']/.test(character) ? "a quotation mark without its partner" : `"${character}" is not understood`;
}

class Reader {
  private i = 0;

  constructor(
    private readonly tokens: Token[],
    private readonly end: number,
  ) {}

  peek(): Token | undefined {
    return this.tokens[this.i];
  }

  any(depth: number): Filter {
    const parts = [this.all(depth)];
    while (this.takeWord("or")) parts.push(this.all(depth));
    return parts.length === 1 ? parts[0]! : { kind: "or", of: parts };
  }

  private all(depth: number): Filter {
    const parts = [this.one(depth)];
    for (;;) {
      const next = this.peek();
      if (!next || next.kind === ")" || isWord(next, "or")) break;
      if (next.kind === ",") parts.push(this.afterComma(depth));
      else {
        this.takeWord("and");
        parts.push(this.one(depth));
      }
    }
    return parts.length === 1 ? parts[0]! : { kind: "and", of: parts };
  }

  /** `1,000` is no two conditions: what follows a comma says what it is. */
  private afterComma(depth: number): Filter {
    const comma = this.tokens[this.i++]!;
    const filter = this.one(depth);
    if (filter.kind !== "word") return filter;
    throw new FilterError(
      "after a comma another condition is expected; a text with a comma stands in quotes",
      comma.at,
    );
  }

  private one(depth: number): Filter {
    const token = this.peek();
    if (!token) throw new FilterError("something is missing at the end", this.end);
    if (depth > MOST_DEPTH) throw new FilterError("brackets are nested too deep", token.at);
    if (this.takeWord("not")) return { kind: "not", of: this.one(depth + 1) };
    this.i++;
    if (token.kind === "(") {
      const inner = this.any(depth + 1);
      const close = this.peek();
      if (close?.kind !== ")") throw new FilterError('")" is missing', close?.at ?? this.end);
      this.i++;
      return inner;
    }
    if (["operator", ")", ",", "|"].includes(token.kind) || isWord(token, "and") || isWord(token, "or"))
      throw new FilterError(`"${token.text}" is not expected here`, token.at);
    if (this.peek()?.kind !== "operator") return this.word(token);
    return this.comparison(token);
  }

  private word(token: Token): Filter {
    const next = this.peek();
    if (next?.kind === "word" && NO_OPERATORS.test(next.text) && token.kind === "word" && parseKey(token.text)) {
      const example = `${token.text} = 1 or ${token.text} = 2`;
      throw new FilterError(
        `"${next.text}" is not an operator: use =, !=, <, >, ~ and brackets, as in ${example}`,
        next.at,
      );
    }
    return { kind: "word", text: token.text };
  }

  private comparison(field: Token): Filter {
    const operator = this.tokens[this.i++]!.text as Operator;
    if (!OPERATORS.includes(operator)) throw new FilterError(`"${operator}" is not an operator`, field.at);
    const key = field.kind === "word" ? parseKey(field.text) : null;
    if (!key) {
      const fields = Object.keys(RUN_FIELDS).join(", ");
      throw new FilterError(
        `"${field.text}" is not a field; fields are ${fields}, config.KEY, metric("NAME").min; a name stands in quotes`,
        field.at,
      );
    }
    const first = this.value(key, operator, `${field.text} ${operator}`);
    const others: Comparison[] = [];
    for (let bar = this.peek(); bar?.kind === "|"; bar = this.peek()) {
      if (operator !== "=" && operator !== "!=")
        throw new FilterError(`"|" stands between values after = and !=, not after ${operator}`, bar.at);
      this.i++;
      others.push(this.value(key, operator, `${field.text} ${operator} ... |`));
    }
    return others.length === 0 ? first : { kind: operator === "=" ? "or" : "and", of: [first, ...others] };
  }

  private value(key: Key, operator: Operator, after: string): Comparison {
    const value = this.tokens[this.i++];
    if (!value || (value.kind !== "word" && value.kind !== "text")) {
      throw new FilterError(`a value is missing after "${after}"`, value?.at ?? this.end);
    }
    const read = typed(key, operator, value);
    const spelt = key.kind === "config" && typeof read !== "string" ? { spelt: value.text } : {};
    return { kind: "compare", key, operator, value: read, ...spelt };
  }

  private takeWord(word: string): boolean {
    const next = this.peek();
    if (!next || !isWord(next, word)) return false;
    this.i++;
    return true;
  }
}

function isWord(token: Token, word: string): boolean {
  return token.kind === "word" && token.text.toLowerCase() === word;
}

/** Numbers are compared as numbers; what stands in quotes is text, except with fields that are numbers. */
function typed(key: Comparison["key"], operator: Operator, { text, kind, at }: Token): Comparison["value"] {
  if (operator === "~" || operator === "!~") return text;
  const type = key.kind === "metric" ? "number" : key.kind === "field" ? RUN_FIELDS[key.field] : "any";
  const number = numberOf(text);
  if (type === "number") {
    if (number === null) {
      throw new FilterError(`"${text}" is not a number (1e-3, 256k, 10B); to find a name, put it in quotes`, at);
    }
    if (Number.isNaN(number) && operator !== "=" && operator !== "!=") {
      throw new FilterError("NaN is neither above nor below a number; ask for = NaN or != NaN", at);
    }
    return number;
  }
  const words = key.kind === "field" ? FIELD_WORDS[key.field] : undefined;
  if (words?.includes(text.toLowerCase())) return text.toLowerCase();
  if (words) {
    throw new FilterError(
      `no ${(key as { field: string }).field} is called "${text}"; there are ${words.join(", ")}`,
      at,
    );
  }
  if (type === "boolean") {
    if (text !== "true" && text !== "false") throw new FilterError(`"${text}" is not true or false`, at);
    return text === "true";
  }
  if (type === "time") {
    const date = startOf(text);
    if (!date)
      throw new FilterError(`"${text}" is not a date such as 2026, 2026-05, 2026-05-31 or 2026-05-31T10:00Z`, at);
    return date;
  }
  if (type === "any" && kind === "word" && number !== null && !Number.isNaN(Number(number))) return number;
  return text;
}

/** Null for what is no number; the digits themselves where a double does not hold them. */
function numberOf(text: string): number | ExactNumber | null {
  const number = readNumber(text);
  if (number === null || !/^-?\d{16,}$/.test(text)) return number;
  return readJson(text.replace(/^(-?)0+(?=\d)/, "$1")) as number | ExactNumber;
}

/** The first moment, in UTC unless the text says otherwise, of a year, month, day or time; null for what is no date. */
function startOf(text: string): string | null {
  const parts = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:\d\d)?)?)?)?$/.exec(
    text,
  );
  if (!parts) return null;
  const [, year, month = "01", day = "01", time = "00:00", zone = "Z"] = parts;
  const midnight = new Date(`${year}-${month}-${day}T00:00Z`);
  const at = new Date(`${year}-${month}-${day}T${time}${zone}`);
  if (Number(year) === 0 || Number.isNaN(at.getTime()) || midnight.getUTCDate() !== Number(day)) return null;
  return at.toISOString();
}
