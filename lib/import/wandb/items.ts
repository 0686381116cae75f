import type { PbfReader } from "pbf";

/** A name along its parts, and its value as JSON. */
export interface Item {
  path: readonly string[];
  json: string;
}

/** The item of a history, a summary or a config that the reader stands at. */
export function itemOf(pbf: PbfReader): Item {
  const end = pbf.readVarint() + pbf.pos;
  let path: string[] = [];
  let json = "";
  for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end)) {
    if (field === 1) {
      const key = pbf.readString();
      if (path.length === 0 && key !== "") path = [key];
    } else if (field === 2) path.push(pbf.readString());
    else if (field === 16) json = pbf.readString();
  }
  return { path, json };
}

/** What an update of a config or a summary says: items that it sets and items that it removes. */
export function eachChange(pbf: PbfReader, end: number, change: (item: Item, isRemoved: boolean) => void): void {
  for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end))
    if (field === 1 || field === 2) change(itemOf(pbf), field === 2);
}

/** Nested values to which items are applied one after the other. */
export class Tree {
  readonly values: Record<string, unknown> = Object.create(null);

  change({ path, json }: Item, isRemoved: boolean): void {
    const name = path.at(-1);
    if (name === undefined || path[0] === "_wandb") return;
    let at = this.values;
    for (const part of path.slice(0, -1)) {
      const inner = at[part];
      at[part] = typeof inner === "object" && inner !== null ? inner : Object.create(null);
      at = at[part] as Record<string, unknown>;
    }
    if (isRemoved) delete at[name];
    else at[name] = valueIn(json);
  }
}

/** Python's JSON has NaN and the infinities bare; clients since 2021 write them as texts too. */
export function valueIn(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return named(json) ?? looseOf(json);
  }
}

/** The number that a JSON text is, also one that is not finite, in quotes or bare; null for anything else. */
export function numberOf(json: string): number | null {
  const first = json.charCodeAt(0);
  const isDigit = (first >= 48 && first <= 57) || first === 45;
  if (isDigit) {
    const value = Number(json);
    if (!Number.isNaN(value)) return value;
  }
  if (json === "true" || json === "false") return json === "true" ? 1 : 0;
  return named(json.startsWith('"') ? json.slice(1, -1) : json);
}

function named(text: string): number | null {
  const match = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i.exec(text);
  if (!match) return null;
  return match[2] ? Number.NaN : match[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Bare NaN and infinities inside lists and objects become their names. */
function looseOf(json: string): unknown {
  const quoted = json.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (m) => (m.startsWith('"') ? m : `"${m}"`));
  try {
    return JSON.parse(quoted);
  } catch {
    return json;
  }
}
