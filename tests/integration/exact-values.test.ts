import { beforeAll, expect, test, vi } from "vitest";
import { ExactNumber } from "@/lib/json";
import { transformer } from "@/lib/json/transformer";
import { append } from "@/server/http/native/metrics";
import { create, exportAll, finish, get, query, update } from "@/server/http/native/runs";
import { createProject } from "@/server/services/project";
import { call, keyWith, product } from "./product";

vi.mock("next/headers", () => ({ headers: async () => new Headers(), cookies: async () => ({ getAll: () => [] }) }));

const p = product();
let key: string;

beforeAll(async () => {
  key = await keyWith(p.alice, "write", "read");
  await createProject(p.alice, { name: "Exact", slug: "exact" });
});

const CONFIG =
  '{"seed":12345678901234567890,"job_id":9007199254740993,"lr":0.1234567890123456789,"deep":{"n":[-9223372036854775808]}}';

test("a config's numbers come back with every digit, by API, page and filter", async () => {
  const { body } = await call(create, { key, raw: `{"project":"exact","config":${CONFIG}}` });
  const read = await call(get, { key, id: body.id });
  for (const digits of ["12345678901234567890", "9007199254740993", "0.1234567890123456789", "-9223372036854775808"]) {
    expect(read.text).toContain(digits);
  }
  const page = await p.alice.api.run.get({ team: p.alice.team, id: body.id });
  const crossed = transformer.parse<typeof page>(transformer.stringify(page));
  expect(crossed.config.seed).toEqual(new ExactNumber("12345678901234567890"));
  const found = async (filter: string) =>
    (await call(query, { key, body: { project: "exact", filter } })).body.total as number;
  expect(await found("config.job_id = 9007199254740993")).toBe(1);
  expect(await found("config.job_id = 9007199254740992")).toBe(0);
  await call(update, { key, id: body.id, raw: '{"config":{"more":18446744073709551615}}' });
  expect((await call(get, { key, id: body.id })).text).toContain("18446744073709551615");
});

test("NaN, infinities and -0 come back by every door", async () => {
  for (const [sent, lossText] of [
    ['"NaN"', '"NaN"'],
    ['"Infinity"', '"Infinity"'],
    ['"-Infinity"', '"-Infinity"'],
    ["-0.0", "-0.0"],
  ] as const) {
    const { id } = (await call(create, { key, body: { project: "exact" } })).body;
    const raw = `{"writer":"w","seq":0,"series":[{"metric":"m","steps":[1],"values":[${sent}]}]}`;
    await call(append, { key, id, raw });
    await call(finish, { key, id, raw: `{"state":"finished","finalLoss":${sent}}` });
    const run = await call(get, { key, id });
    expect(run.text).toContain(`"finalLoss":${lossText}`);
    expect(run.text).toContain(`"last":${lossText}`);
    expect((await call(query, { key, body: { project: "exact" } })).text).toContain(`"finalLoss":${lossText}`);
    const rows = (await call(exportAll, { key, query: "?project=exact&format=jsonl" })).text;
    expect(rows).toContain(lossText);
    const page = await p.alice.api.run.get({ team: p.alice.team, id });
    expect(Object.is(page.finalLoss, sent === "-0.0" ? -0 : Number(JSON.parse(sent)))).toBe(true);
  }
});
