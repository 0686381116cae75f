import { type Comparison, type Filter, OPERATORS, type Operator, parseKey, RUN_FIELDS, unquoted } from "./keys";

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

interface Token {
  kind: "word" | "text" | "operator" | "(" | ")";
  text: string;
  at: number;
}

const MOST_CHARACTERS = 4_000;
const MOST_DEPTH = 50;

const TOKEN =
  /\s+|(?<metric>metric\("(?:[^"\\]|\\.)*"\)\.\w+)|(?<config>config(?:\.(?:"(?:[^"\\]|\\.)*"|[^."\s=<>!~()]+))+)|(?<text>"(?:[^"\\]|\\.)*")|(?<operator>!=|<=|>=|!~|=|<|>|~)|(?<bracket>[()])|(?<word>[^\s"=<>!~()]+)/y;

/**
 * Reads a filter such as `state = finished and lr >= 1e-3 and not tag = draft`, `config.optimizer.name = adamw`,
 * `metric("val/loss").min < 2.5 or name ~ "abl"`. Parts that follow each other without a word between must all hold;
 * `~` finds a part of a text without regard to case. Null for an empty filter. Throws a FilterError.
 */
export function parseFilter(text: string): Filter | null {
  if (text.length > MOST_CHARACTERS)
    throw new FilterError(`a filter may have ${MOST_CHARACTERS} characters`, MOST_CHARACTERS);
  const nul = text.indexOf("\0");
  if (nul >= 0) throw new FilterError("the character U+0000 is not allowed", nul);
  const tokens = tokenise(text);
  if (tokens.length === 0) return null;
  const reader = new Reader(tokens, text.length);
  const filter = reader.any(0);
  const rest = reader.peek();
  if (rest) throw new FilterError(`"${rest.text}" is not expected here`, rest.at);
  return filter;
}

function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) {
      const what = text[at] === '"' ? "a quotation mark without its partner" : `"${text[at]}" is not understood`;
      throw new FilterError(what, at);
    }
    const g = match.groups ?? {};
    const word = g.metric ?? g.config ?? g.word;
    if (word !== undefined) tokens.push({ kind: "word", text: word, at });
    else if (g.text !== undefined) tokens.push({ kind: "text", text: unquoted(g.text), at });
    else if (g.operator) tokens.push({ kind: "operator", text: g.operator, at });
    else if (g.bracket) tokens.push({ kind: g.bracket as "(" | ")", text: g.bracket, at });
  }
  return tokens;
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
      this.takeWord("and");
      parts.push(this.one(depth));
    }
    return parts.length === 1 ? parts[0]! : { kind: "and", of: parts };
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
    if (token.kind === "operator" || token.kind === ")" || isWord(token, "and") || isWord(token, "or"))
      throw new FilterError(`"${token.text}" is not expected here`, token.at);
    if (this.peek()?.kind !== "operator") return { kind: "word", text: token.text };
    return this.comparison(token);
  }

  private comparison(field: Token): Comparison {
    const operator = this.tokens[this.i++]!.text as Operator;
    if (!OPERATORS.includes(operator)) throw new FilterError(`"${operator}" is not an operator`, field.at);
    const key = field.kind === "word" ? parseKey(field.text) : null;
    if (!key) {
      const fields = Object.keys(RUN_FIELDS).join(", ");
      throw new FilterError(
        `"${field.text}" is not a field; fields are ${fields}, config.KEY, metric("NAME").min`,
        field.at,
      );
    }
    const value = this.tokens[this.i++];
    if (!value || (value.kind !== "word" && value.kind !== "text")) {
      throw new FilterError(`a value is missing after "${operator}"`, value?.at ?? this.end);
    }
    return { kind: "compare", key, operator, value: typed(key, operator, value) };
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
function typed(key: Comparison["key"], operator: Operator, { text, kind, at }: Token): string | number | boolean {
  if (operator === "~" || operator === "!~") return text;
  const type = key.kind === "metric" ? "number" : key.kind === "field" ? RUN_FIELDS[key.field] : "any";
  const number = text.trim() === "" ? Number.NaN : Number(text);
  if (type === "number") {
    if (Number.isNaN(number)) throw new FilterError(`"${text}" is not a number`, at);
    return number;
  }
  if (type === "boolean") {
    if (text !== "true" && text !== "false") throw new FilterError(`"${text}" is not true or false`, at);
    return text === "true";
  }
  if (type === "time") {
    if (Number.isNaN(Date.parse(text))) throw new FilterError(`"${text}" is not a date`, at);
    return text;
  }
  if (type === "any" && kind === "word" && !Number.isNaN(number)) return number;
  return text;
}
