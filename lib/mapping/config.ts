import { ExactNumber } from "../json";
import { fieldCalled, type Mapping } from "./definitions";
import type { Lookup } from "./expression";

/** The names of a nested config, objects joined by dots: `{optimizer: {lr: 1}}` has `optimizer.lr`. */
export function configNames(config: Readonly<Record<string, unknown>>, prefix = ""): string[] {
  return Object.entries(config).flatMap(([key, value]) =>
    isPlain(value) ? configNames(value, `${prefix}${key}.`) : [`${prefix}${key}`],
  );
}

/** Values of a config by name: an exact key first, then along the dots. Only own keys are reached. */
export function configLookup(config: Readonly<Record<string, unknown>>): Lookup {
  return (name) => {
    if (Object.hasOwn(config, name)) return plainValue(config[name]);
    let at: unknown = config;
    for (const key of name.split(".")) {
      if (!isPlain(at) || !Object.hasOwn(at, key)) return undefined;
      at = at[key];
    }
    return plainValue(at);
  };
}

function plainValue(value: unknown): unknown {
  return value instanceof ExactNumber ? value.valueOf() : value;
}

/**
 * Reads `lr=lr,batchSeqs=bs,tokens=steps * bs * 2048,loss="smooth loss"`. Commas inside quotes, backticks or brackets
 * do not separate. Throws an Error that names an unknown dimension or a part that is not `dimension=source`.
 */
export function parseMapping(text: string): Mapping {
  const mapping: Mapping = {};
  for (const part of splitParts(text)) {
    const [, name = "", raw = ""] = /^\s*(\w+)\s*=\s*([\s\S]*?)\s*$/.exec(part) ?? [];
    const source = /^"[^"]*"$|^'[^']*'$/.test(raw) ? raw.slice(1, -1) : raw;
    if (!source) throw new Error(`mapping: "${part}" is not of the form field=column`);
    const field = fieldCalled(name);
    if (!field) throw new Error(`mapping: "${name}" is not a dimension`);
    mapping[field] = source;
  }
  return mapping;
}

function splitParts(text: string): string[] {
  const parts: string[] = [];
  let [part, depth, quote] = ["", 0, ""];
  for (const c of text) {
    if (quote) quote = c === quote ? "" : quote;
    else if (c === '"' || c === "`") quote = c;
    else if (c === "(") depth += 1;
    else if (c === ")") depth -= 1;
    if (c === "," && depth === 0 && !quote) {
      parts.push(part);
      part = "";
    } else part += c;
  }
  return [...parts, part].filter((p) => p.trim() !== "");
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}
