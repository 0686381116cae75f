import { EtalonError } from "../../errors";
import type { Call } from "./call";

/** The calls of one API, all below one root. */
export interface Dialect {
  root: string;
  calls: Call[];
  /** Where somebody who asked for what is not there finds what is. */
  help: string;
}

/** A dialect made ready for looking up: one step a part of the path. */
export interface Table extends Omit<Dialect, "calls"> {
  top: Place;
}

interface Place {
  calls: Map<string, { call: Call; names: string[] }>;
  parts: Map<string, Place>;
  parameter: Place | null;
}

export interface Found {
  call: Call;
  params: Record<string, string>;
}

export function tableOf({ calls, ...about }: Dialect): Table {
  const top = newPlace();
  for (const call of calls) {
    if (!call.path.startsWith(`${about.root}/`)) throw new Error(`${call.path} is not below ${about.root}`);
    let place = top;
    const names: string[] = [];
    for (const part of partsOf(about.root, call.path)) {
      const name = /^\{(.+)\}$/.exec(part)?.[1];
      if (name) names.push(name);
      const next = (name ? place.parameter : place.parts.get(part)) ?? newPlace();
      if (name) place.parameter = next;
      else place.parts.set(part, next);
      place = next;
    }
    if (place.calls.has(call.method)) throw new Error(`${call.method} ${call.path} is in the table twice`);
    place.calls.set(call.method, { call, names });
  }
  return { ...about, top };
}

/** The table below whose root a path lies. */
export function tableFor(tables: Table[], path: string): Table | undefined {
  return tables.find(({ root }) => path.startsWith(root) && /^[/?]|^$/.test(path.slice(root.length, root.length + 1)));
}

/**
 * The call of a path; a part is decoded before it is compared, so an encoded slash is within it, and one slash at the
 * end means nothing. The methods instead, if there are only others. Errors: `not_found`, or `malformed` for what is no
 * percent-encoding.
 */
export function find({ top, root, help }: Table, method: string, path: string): Found | { methods: string[] } {
  const values: string[] = [];
  let place: Place | null = top;
  for (const part of partsOf(root, path)) {
    const text = decoded(part);
    const fixed: Place | undefined = place.parts.get(text);
    if (!fixed && text !== "") values.push(text);
    place = fixed ?? (text === "" ? null : place.parameter);
    if (!place) break;
  }
  if (!place || place.calls.size === 0) {
    const why = path.includes("//") ? "has an empty part: is an id missing?" : "is no call of this API;";
    throw new EtalonError("not_found", `"${path.slice(0, 200)}" ${why} ${help}`);
  }
  const row = place.calls.get(method) ?? (method === "HEAD" ? place.calls.get("GET") : undefined);
  if (!row) return { methods: methodsOf(place) };
  const params: Record<string, string> = {};
  row.names.forEach((name, i) => {
    params[name] = values[i]!;
  });
  return { call: row.call, params };
}

function newPlace(): Place {
  return { calls: new Map(), parts: new Map(), parameter: null };
}

function methodsOf({ calls }: Place): string[] {
  return [...calls.keys(), ...(calls.has("GET") ? ["HEAD"] : []), "OPTIONS"];
}

function partsOf(root: string, path: string): string[] {
  const end = path.endsWith("/") ? path.length - 1 : path.length;
  return path.slice(root.length + 1, end).split("/");
}

function decoded(part: string): string {
  if (!part.includes("%")) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    throw new EtalonError("malformed", `"${part}" in the path is not valid percent-encoding`);
  }
}
