import { TRPCError } from "@trpc/server";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { z } from "zod";
import { SCOPES } from "@/db/schema";
import { appRouter } from "@/server/api/root";
import { CALLS } from "@/server/http/native";
import { inputJsonSchema } from "@/server/of-verb";
import { type Ids, PROCEDURES, ROUTES } from "../access";
import { idsOf } from "./everything";
import { call, keyWith, product } from "./product";

vi.mock("next/headers", () => ({ headers: async () => new Headers(), cookies: async () => ({ getAll: () => [] }) }));

/** Values as JSON: what columns, dates, encodings and readers of numbers have trouble with. */
const EXTREMES = [
  ...["null", "true", "[]", "{}", "[[]]", '""', '" "', "0", "-0.0", "-1", "0.5", "1e-320", "1e308", "1e400", "-1e400"],
  ...["2147483648", "4294967296", "9007199254740991", "9007199254740993", "9223372036854775808", "1e19"],
  ...[
    '"NaN"',
    '"Infinity"',
    '"-Infinity"',
    '"1e400"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\udc00x"',
    '"\\ufeff"',
    '"%"',
    '"\'\\"\\\\"',
  ],
  ...[
    '"2024"',
    '"2024-02-30"',
    '"0000-01-01"',
    '"99999-01-01"',
    '"created > 5"',
    '"created > 2024-02-30"',
    '"config.a.b > 1e400"',
  ],
  ...[
    '"metric(\\"x\\").last > 1"',
    '"-loss"',
    '"00000000-0000-0000-0000-000000000000"',
    '"x,y=1"',
    `"${"y".repeat(9_000)}"`,
  ],
];

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  additionalProperties?: Schema | boolean;
}
type Path = (string | number)[];

/** Paths of all fields of a schema, each list with its first entry, each record with one key. */
function fieldsOf(schema: Schema, path: Path = []): Path[] {
  const inner = [
    ...Object.entries(schema.properties ?? {}).map(([name, s]) => [name, s] as const),
    ...(schema.items ? [[0, schema.items] as const] : []),
    ...(typeof schema.additionalProperties === "object" ? [["k", schema.additionalProperties] as const] : []),
  ];
  return [
    ...(path.length > 0 ? [path] : []),
    ...inner.flatMap(([name, s]) => fieldsOf(s, [...path, name])),
    ...[...(schema.anyOf ?? []), ...(schema.allOf ?? [])].flatMap((s) =>
      fieldsOf(s, path).slice(path.length > 0 ? 1 : 0),
    ),
  ];
}

/** JSON of `base` with the value at `path` replaced by a text of JSON. */
function jsonWith(base: unknown, path: Path, raw: string): string {
  const [step, ...rest] = path;
  if (step === undefined) return raw;
  if (typeof step === "number") return `[${jsonWith(Array.isArray(base) ? base[0] : undefined, rest, raw)}]`;
  const object =
    typeof base === "object" && base !== null && !Array.isArray(base) ? (base as Record<string, unknown>) : {};
  const others = Object.entries(object).filter(([k, v]) => k !== step && v !== undefined);
  const fields = others.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`);
  return `{${[...fields, `${JSON.stringify(step)}:${jsonWith(object[step], rest, raw)}`].join()}}`;
}

const p = product();
let ids: Ids;
let key: string;

beforeAll(async () => {
  ids = await idsOf(p.alice);
  key = await keyWith(p.alice, ...SCOPES);
});

describe.each(CALLS.map((c) => [`${c.method} ${c.path}`, c] as const))("%s", (name, operation) => {
  const route = ROUTES[name] as {
    id?: keyof Ids;
    body?: (ids: Ids) => unknown;
    query?: (ids: Ids) => string;
  };
  const send = (part: { id?: string; raw?: BodyInit; query?: string }) =>
    call(operation, {
      key,
      id: route.id && ids[route.id],
      query: route.query?.(ids),
      ...(route.body && { raw: JSON.stringify(route.body(ids)) }),
      ...part,
    });

  test("answers every value of every field, name and parameter with what is wrong", async () => {
    const failed: string[] = [];
    const check = async (what: string, part: Parameters<typeof send>[0]) => {
      const { status, text } = await send(part);
      if (status >= 500) failed.push(`${what}: ${status} ${text.slice(0, 200)}`);
    };
    const base = route.body?.(ids) ?? {};
    const schema = operation.body ? (inputJsonSchema(operation.body) as Schema) : {};
    for (const path of fieldsOf(schema)) {
      for (const raw of EXTREMES)
        await check(`${path.join(".")} = ${raw.slice(0, 40)}`, { raw: jsonWith(base, path, raw) });
    }
    const texts = EXTREMES.filter((e) => e.startsWith('"')).map((e) => encodeURIComponent(readable(JSON.parse(e))));
    for (const parameter of Object.keys(operation.query ?? {})) {
      for (const value of [...texts, "%00"]) {
        const search = new URLSearchParams(route.query?.(ids) ?? "");
        search.delete(parameter);
        await check(`?${parameter}=${value.slice(0, 40)}`, { query: `?${search}&${parameter}=${value}` });
      }
    }
    if (route.id)
      for (const id of ["x", "a\u0000b", "\ud800", "../..", ids.runId.slice(1)]) await check(`id ${id}`, { id });
    expect(failed).toEqual([]);
  });
});

/** Half a surrogate pair has no percent-encoding. */
function readable(text: string): string {
  return Buffer.from(text).toString();
}

describe.each(Object.entries(PROCEDURES))("procedure %s", (name, { input }) => {
  test("answers every value of every field with what is wrong", async () => {
    const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { inputs: z.ZodType[] } }>;
    const [router, procedure] = name.split(".") as [string, string];
    const routers = p.alice.api as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>;
    const base = { team: p.alice.team, ...input(ids) };
    const failed: string[] = [];
    for (const schema of procedures[name]!._def.inputs) {
      const described = inputJsonSchema(schema) as Schema;
      for (const about of Object.values(described.properties!)) expect(about).not.toEqual({});
      const fields = fieldsOf(described);
      for (const path of fields) {
        for (const raw of EXTREMES) {
          const value = JSON.parse(jsonWith(base, path, raw)) as unknown;
          const error = await routers[router]![procedure]!(value).then(
            () => null,
            (e: unknown) => e,
          );
          if (error === null) continue;
          if (error instanceof TRPCError && error.code !== "INTERNAL_SERVER_ERROR") continue;
          failed.push(`${path.join(".")} = ${raw.slice(0, 40)}: ${(error as Error).message.slice(0, 200)}`);
        }
      }
    }
    expect(failed).toEqual([]);
  });
});
