const QUOTE = 34;
const BACKSLASH = 92;

/** Index just behind the string that begins at `at`, which is a quote; beyond the text's length where it never ends. */
export function stringEnd(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH && end - 1 - backslashes > at) backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
  return text.length + 1;
}

/**
 * Where a text that wants to be JSON passes a limit, or -1: nesting deeper than `depth`, or more values than `values`.
 */
export function overLimit(
  text: string,
  most: { depth: number; values: number },
): { at: number; what: "depth" | "values" } | null {
  let depth = 0;
  let values = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = stringEnd(text, i) - 1;
        break;
      case 91: // [
      case 123: // {
        if (++depth > most.depth) return { at: i, what: "depth" };
        if (++values > most.values) return { at: i, what: "values" };
        break;
      case 93:
      case 125:
        depth--;
        break;
      case 44: // ,
        if (++values > most.values) return { at: i, what: "values" };
        break;
      default:
    }
  }
  return null;
}

/**
 * The first place where a text breaks the grammar of JSON, and what would have been right there; null for valid JSON.
 */
export function syntaxError(text: string): { at: number; message: string } | null {
  const open: ("[" | "{")[] = [];
  let at = blanks(text, 0);
  let wanted: "value" | "value or ]" | "name or }" | "name" | "colon" | "comma or end" = "value";
  for (;;) {
    const c = text[at];
    const inside = open.at(-1);
    if (wanted === "comma or end") {
      if (!inside) return c === undefined ? null : { at, message: "the end was expected" };
      if (c === ",") wanted = inside === "[" ? "value" : "name";
      else if (c === (inside === "[" ? "]" : "}")) open.pop();
      else return { at, message: `"," or "${inside === "[" ? "]" : "}"}" was expected` };
      at = blanks(text, at + 1);
      continue;
    }
    if (wanted === "colon") {
      if (c !== ":") return { at, message: '":" was expected' };
      at = blanks(text, at + 1);
      wanted = "value";
      continue;
    }
    if (wanted === "name" || wanted === "name or }") {
      if (c === "}" && wanted === "name or }") {
        open.pop();
        at++;
        wanted = "comma or end";
      } else {
        const end = c === '"' ? stringStop(text, at) : { at, ok: false };
        if (!end.ok) return { at: end.at, message: "a name in double quotes was expected" };
        at = end.at;
        wanted = "colon";
      }
    } else if (c === "[" || c === "{") {
      open.push(c);
      at++;
      wanted = c === "[" ? "value or ]" : "name or }";
    } else if (c === "]" && wanted === "value or ]") {
      open.pop();
      at++;
      wanted = "comma or end";
    } else {
      const end = scalarStop(text, at);
      if (!end.ok) return { at: end.at, message: c === undefined ? "it ends too early" : "a value was expected" };
      at = end.at;
      wanted = "comma or end";
    }
    at = blanks(text, at);
  }
}

function blanks(text: string, from: number): number {
  let at = from;
  for (let c = text.charCodeAt(at); c === 32 || c === 10 || c === 13 || c === 9; c = text.charCodeAt(at)) at++;
  return at;
}

type Stop = { at: number; ok: boolean };

function scalarStop(text: string, at: number): Stop {
  if (text[at] === '"') return stringStop(text, at);
  for (const word of ["true", "false", "null"])
    if (text.startsWith(word, at)) return { at: at + word.length, ok: true };
  let end = at;
  while ("+-.eE0123456789".includes(text[end] ?? " ")) end++;
  // Longer ones were read by the engine's parser, or are refused as what they are.
  const ok = end - at > 1_000 || /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text.slice(at, end));
  return { at: ok ? end : at, ok };
}

function stringStop(text: string, at: number): Stop {
  const end = stringEnd(text, at);
  for (let i = at + 1; i < Math.min(end - 1, text.length); i++) {
    const code = text.charCodeAt(i);
    if (code < 32) return { at: i, ok: false };
    if (code !== BACKSLASH) continue;
    i++;
    if (text[i] === "u" ? !/^[0-9a-fA-F]{4}$/.test(text.slice(i + 1, i + 5)) : !'"\\/bfnrt'.includes(text[i] ?? " ")) {
      return { at: i - 1, ok: false };
    }
  }
  return { at: Math.min(end, text.length), ok: end <= text.length };
}
