import { unquoted } from "./keys";

export interface Token {
  kind: "word" | "text" | "operator" | "(" | ")" | "," | "|";
  text: string;
  at: number;
  end: number;
}

const TOKEN =
  /\s+|(?<metric>metric\((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\)\.\w+)|(?<config>config(?:\.(?:"(?:[^"\\]|\\.)*"|[^."\s=<>!~(),|]+))+)|(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<operator>!=|<>|<=|>=|!~|==|=|<|>|~)|(?<logic>&&|\|\|)(?=[\s(])|(?<bracket>[(),|])|(?<word>[^\s"'=<>!~(),|][^\s"=<>!~(),|]*)/y;

/** What other languages call it. */
const SPELLINGS: Record<string, string> = { "==": "=", "<>": "!=", "&&": "and", "||": "or" };

/** The parts of a filter, as far as it is understood: to its end, or to the character that is not. */
export function tokenise(text: string): { tokens: Token[]; end: number } {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  let at = 0;
  while (at < text.length) {
    const match = TOKEN.exec(text);
    if (!match) break;
    const end = TOKEN.lastIndex;
    const token = tokenOf(match.groups ?? {});
    if (token) tokens.push({ ...token, at, end });
    at = end;
  }
  return { tokens, end: at };
}

function tokenOf(g: Record<string, string | undefined>): Pick<Token, "kind" | "text"> | null {
  const word = g.metric ?? g.config ?? g.word;
  if (word !== undefined) return { kind: "word", text: word };
  if (g.text !== undefined) return { kind: "text", text: unquoted(g.text) };
  if (g.operator) return { kind: "operator", text: SPELLINGS[g.operator] ?? g.operator };
  if (g.logic) return { kind: "word", text: SPELLINGS[g.logic]! };
  return g.bracket ? { kind: g.bracket as "(" | ")" | "," | "|", text: g.bracket } : null;
}
