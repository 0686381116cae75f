import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { beforeAll, describe, expect, test } from "vitest";
import { narrowed } from "@/app/_components/runs/narrowed";
import { FilterError, keyText, parseFilter, parseKey } from "@/lib/filter";
import { ALL_PROJECTS } from "@/server/context";
import { ofRun, ofSelection } from "@/server/http/native/points";
import { create, query, remove, update } from "@/server/http/native/runs";
import { series } from "@/server/http/native/series";
import { deleteNext, previewDeletion, startDeletion } from "@/server/services/deletion";
import { appendMetrics, columnsOf, readSeries } from "@/server/services/metric";
import { createProject } from "@/server/services/project";
import { groupRuns, queryRuns, runKeys, runValues } from "@/server/services/run";
import { compactRun } from "@/server/store";
import { ask, call, keyWith, product } from "./product";

const p = product();
let key: string;
const ids: string[] = [];
const N = 57;

/** Run i: lr 1e-3 * 2^(i % 4), metric "val/loss" for two in three, its lowest value (i * 7) % N. */
beforeAll(async () => {
  key = await keyWith(p.alice, "read", "write");
  await createProject(p.alice, { name: "Lists", slug: "lists" });
  for (let i = 0; i < N; i++) {
    const size = i === 4 ? { size: "10B" } : {};
    const config = { ...size, opt: { lr: 1e-3 * 2 ** (i % 4), "a.b": i % 2 === 0 ? "even" : "odd" }, i };
    const dimensions = { peakLr: 1e-3 * 2 ** (i % 4), batchSeqs: 8, seed: i };
    const body = { project: "lists", name: `run ${i}`, config, dimensions, tags: i < 3 ? ["first ones"] : [] };
    const { id } = (await call(create, { key, body })).body;
    ids.push(id);
    if (i % 3 === 2) continue;
    const values = [(i * 7) % N, ((i * 7) % N) + 100];
    await appendMetrics(p.alice, {
      runId: id,
      batch: columnsOf({ writer: "w", seq: 0, series: [{ metric: "val/loss", steps: [1, 2], values }] }),
    });
    await compactRun(p.alice.sql, id);
  }
});

const names = async (filter: string) =>
  (await queryRuns(p.alice, { project: "lists", filter, sort: "seed", limit: 1_000 })).runs.map((r) =>
    Number(r.name.slice(4)),
  );
const all = Array.from({ length: N }, (_, i) => i);

describe("filters", () => {
  const cases: [string, (i: number) => boolean][] = [
    ["", () => true],
    ["lr = 2e-3", (i) => i % 4 === 1],
    ["lr >= 0.004 seed < 20", (i) => i % 4 >= 2 && i < 20],
    ["config.opt.lr = 0.0020 or config.i <= 1", (i) => i % 4 === 1 || i <= 1],
    ['config.opt."a.b" = even and not (config.i > 10)', (i) => i % 2 === 0 && i <= 10],
    ['metric("val/loss").min < 10', (i) => i % 3 !== 2 && (i * 7) % N < 10],
    ['name ~ "RUN 1"', (i) => String(i).startsWith("1")],
    ['tag = "first ones"', (i) => i < 3],
    ["not tag = other", () => true],
    ["config.missing = 3", () => false],
    ["not config.missing = 3", () => true],
    ["state = running created > 2020-01-01", () => true],
    ['"run 12"', (i) => i === 12],
    ["width != 64", () => true],
    ["lr == 2e-3 && seed <> 1", (i) => i % 4 === 1 && i !== 1],
    ["seed = 3 || (seed==5)", (i) => i === 3 || i === 5],
    ["state = RUNNING", () => true],
    ["metric('val/loss').min < 10", (i) => i % 3 !== 2 && (i * 7) % N < 10],
    ["config.size = 10B", (i) => i === 4],
    ["config.size != 10B", (i) => i !== 4],
    ["config.size = 1e10", () => false],
    ["seed = 3|5, batchSeqs = 8", (i) => i === 3 || i === 5],
    ["seed != 3|5", (i) => i !== 3 && i !== 5],
    ['tag = other|"first ones"', (i) => i < 3],
    ["batchTokens = 8", () => true],
  ];
  test.each(cases)("%s", async (filter, holds) => expect(await names(filter)).toEqual(all.filter(holds)));

  const bad: [string, number][] = [
    ["lr =", 4],
    ["lr = three", 5],
    ["(lr = 1", 7],
    ["nosuch = 1", 0],
    ["lr = 1)", 6],
    ['name = "open', 7],
    ["and", 0],
    ["lr in (1e-3, 2e-3)", 3],
    ["loss is null", 5],
    ["seed > 1,000", 8],
    ["seed < 1|2", 8],
    ["config.opt.lr between 1 and 2", 14],
    [`${"(".repeat(60)}lr = 1${")".repeat(60)}`, 51],
  ];
  test.each(bad)("%s is refused with its place", async (filter, position) => {
    expect(() => parseFilter(filter)).toThrow(expect.objectContaining({ name: "FilterError" }));
    expect(() => parseFilter(filter)).toThrow(expect.objectContaining({ position }));
    const answer = await call(query, { key, body: { project: "lists", filter } });
    expect([answer.status, answer.body.error.issues[0].field]).toEqual([422, "filter"]);
  });

  test("any text is a filter or a FilterError, and what parses runs; quotes and comments stay values", async () => {
    const bit = fc.constantFrom(
      "lr",
      "=",
      "<",
      "(",
      ")",
      "and",
      "or",
      "not",
      "config.a",
      '"x"',
      "'; drop table runs; --",
      'metric("m").min',
      "~",
      "1e-3",
      "$1",
      "\\",
      "%",
      "\u0000",
      "é",
      " ",
    );
    const text = fc.oneof(
      fc.array(bit, { maxLength: 10 }).map((b) => b.join(" ")),
      fc.string({ maxLength: 60 }),
    );
    await fc.assert(
      fc.asyncProperty(text, async (filter) => {
        try {
          parseFilter(filter);
        } catch (e) {
          expect(e).toBeInstanceOf(FilterError);
          return;
        }
        const { total } = await queryRuns(p.alice, { project: "lists", filter, limit: 1 });
        expect(total).toBeLessThanOrEqual(N);
      }),
      { numRuns: 150 },
    );
    expect((await names("")).length).toBe(N);
  });

  test("keys read back from their text", () => {
    for (const text of ["peakLr", "config.a.b", 'config."a.b".c', 'metric("x \\"y\\" é").max'])
      expect(keyText(parseKey(text)!)).toBe(text);
    expect([parseKey("config"), parseKey("config..a"), parseKey('metric("a").mean'), parseKey("")]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});

describe("pages", () => {
  const value = (i: number, sort: string): number | null => {
    if (sort.includes("metric")) return i % 3 === 2 ? null : (i * 7) % N;
    return sort.includes("lr") ? 2 ** (i % 4) : sort.includes("width") || sort.includes("nothing") ? null : i;
  };
  const sorts = [
    'metric("val/loss").min',
    '-metric("val/loss").min',
    "lr",
    "-lr",
    "-config.i",
    "config.nothing",
    "width",
    "name",
    "-created",
  ];

  test.each(sorts)("forwards from the first and backwards from the last page, by %s", async (sort) => {
    for (const end of ["first", "last"] as const) {
      const seen: string[] = [];
      let page = await queryRuns(p.alice, { project: "lists", sort, limit: 10, end });
      for (;;) {
        expect(page.total).toBe(N);
        const here = page.runs.map((r) => r.id);
        if (end === "first") seen.push(...here);
        else seen.unshift(...here);
        const cursor = end === "first" ? page.next : page.previous;
        if (!cursor) break;
        page = await queryRuns(p.alice, { project: "lists", sort, limit: 10, cursor });
      }
      expect([...seen].sort()).toEqual([...ids].sort());
      if (sort === "name" || sort === "-created") continue;
      const values = seen.map((id) => value(ids.indexOf(id), sort));
      const sign = sort.startsWith("-") ? -1 : 1;
      const expected = [...values].sort((a, b) =>
        a === null || b === null ? Number(a === null) - Number(b === null) : sign * (a - b),
      );
      expect(values).toEqual(expected);
    }
  });

  test("carry the statistics of chosen metrics; a foreign cursor is refused", async () => {
    const { runs } = await queryRuns(p.alice, { project: "lists", filter: "seed = 1", metrics: ["val/loss", "none"] });
    expect(runs[0]!.stats).toEqual({ "val/loss": { last: 107, min: 7, max: 107, points: 2 } });
    const answer = await call(query, { key, body: { project: "lists", cursor: "e30" } });
    expect([answer.status, answer.body.error.issues[0].field]).toEqual([422, "cursor"]);
  });
});

test("groups average over all members, and number spelling does not split them", async () => {
  const groups = await groupRuns(p.alice, { project: "lists", by: ["config.opt.lr"], value: 'metric("val/loss").min' });
  expect(groups).toHaveLength(4);
  for (const g of groups) {
    const members = all.filter((i) => 1e-3 * 2 ** (i % 4) === Number(g.keys[0]));
    const values = members.filter((i) => i % 3 !== 2).map((i) => (i * 7) % N);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const sd = Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / (values.length - 1));
    expect([g.runs, g.n, g.min, g.max]).toEqual([
      members.length,
      values.length,
      Math.min(...values),
      Math.max(...values),
    ]);
    expect(g.mean).toBeCloseTo(mean, 10);
    expect(g.standardError).toBeCloseTo(sd / Math.sqrt(values.length), 10);
  }
});

test("a run is changed by what is given", async () => {
  const answer = await call(update, {
    key,
    id: ids[5],
    body: { tags: ["a"], config: { extra: { x: 1e-30 } }, dimensions: { width: 64 } },
  });
  expect(answer.body).toMatchObject({ tags: ["a"], config: { i: 5, extra: { x: 1e-30 } } });
  expect(await names("width = 64")).toEqual([5]);
  await call(update, { key, id: ids[5], body: { dimensions: { width: 32 } } });
});

describe("points", () => {
  const odd = 'odd, "name"\n/é😀';
  const values = [0.1 + 0.2, -0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 2 ** 53];
  let id: string;
  beforeAll(async () => {
    id = (await call(create, { key, body: { project: "lists", name: 'a "quoted", run' } })).body.id;
    ids.push(id);
    const steps = [0, 1, 2, 3, 4, Number.MAX_SAFE_INTEGER];
    const one = { metric: odd, steps, values, tokens: steps, times: steps.map((s) => Math.min(s, 1e12) + 0.5) };
    await appendMetrics(p.alice, {
      runId: id,
      batch: columnsOf({ writer: "w", seq: 0, series: [one, { metric: "bare", steps: [7], values: [1] }] }),
    });
  });

  test("as CSV, to the last digit", async () => {
    const { text } = await call(ofRun, { key, id });
    const quoted = `"${odd.replaceAll('"', '""')}"`;
    expect(text).toContain(`${id},"a ""quoted"", run",bare,7,,,1\n`);
    const written = text
      .split(quoted)
      .slice(1)
      .map((part) => part.trim().split("\n")[0]!.split(",")[4]!);
    expect(written.map(Number).map((v) => (Object.is(v, -0) ? "-0" : String(v)))).toEqual([
      "0.30000000000000004",
      "-0",
      "NaN",
      "Infinity",
      "5e-324",
      "9007199254740992",
    ]);
  });

  test("as Parquet, read by another library", async () => {
    const response = await ask(ofSelection, { key, body: { runIds: [id], format: "parquet" } });
    const rows = await parquetReadObjects({ file: await response.arrayBuffer() });
    const mine = rows.filter((r) => r.metric === odd);
    expect(mine.map((r) => Number(r.step))).toEqual([0, 1, 2, 3, 4, Number.MAX_SAFE_INTEGER]);
    expect(mine.map((r) => r.value)).toEqual(values);
    expect(Object.is(mine[1]!.value, -0)).toBe(true);
    expect(rows.find((r) => r.metric === "bare")).toMatchObject({
      run_id: id,
      tokens: null,
      time_ms: null,
      step: 7n,
      value: 1,
    });
  });

  test("as buckets along the time since each run's first point", async () => {
    const { id: timed } = (await call(create, { key, body: { project: "lists", name: "timed" } })).body;
    const times = [1.7e12 + 500, 1.7e12 + 700, 1.7e12 + 1_500];
    await appendMetrics(p.alice, {
      runId: timed,
      batch: columnsOf({ writer: "w", seq: 0, series: [{ metric: "t", steps: [1, 2, 3], values: [1, 3, 5], times }] }),
    });
    const body = { runIds: [timed], metric: "t", x: "elapsed" };
    expect((await call(series, { key, body })).body.series[0]).toMatchObject({ x: [0, 200, 1_000], mean: [1, 3, 5] });
    const part = (await call(series, { key, body: { ...body, from: 100, to: 300 } })).body;
    expect(part.series[0]).toMatchObject({ x: [200], last: [3] });
    await call(remove, { key, id: timed });
    await deleteNext(p.alice);
  });

  test("as buckets: JSON by name, binary on request, refused for a run of nobody", async () => {
    const body = { runIds: [id], metric: odd, x: "tokens", to: 4 };
    const answer = await call(series, { key, body });
    expect(answer.body.series[0]).toMatchObject({
      points: 6,
      x: [0, 1, 2, 3, 4],
      last: [0.1 + 0.2, 0, "NaN", "Infinity", 5e-324],
      nonFinite: [0, 0, 1, 1, 0],
      min: [0.1 + 0.2, 0, "NaN", "NaN", 5e-324],
    });
    const missing = await call(series, { key, body: { ...body, runIds: [crypto.randomUUID()] } });
    expect([missing.status, missing.body.error.code]).toEqual([404, "not_found"]);
  });
});

describe("keys", () => {
  test("of the configs and metrics of a project, as the filter writes them", async () => {
    const keys = await runKeys(p.alice, { project: "lists" });
    expect(keys.config).toEqual([
      ...["config.extra.x", "config.i", 'config.opt."a.b"', "config.opt.lr", "config.size"],
    ]);
    expect(keys.metrics).toContain("val/loss");
    for (const key of keys.config) expect(parseKey(key)).not.toBeNull();
  });

  test("give values of runs as text, null where there is none, beside a page as well", async () => {
    const keys = ["lr", 'config.opt."a.b"', 'metric("val/loss").max', "config.none"];
    const found = await runValues(p.alice, { runIds: ids.slice(4, 6), keys });
    const byId = new Map(found.map((f) => [f.id, f.values]));
    expect(byId.get(ids[4]!)).toEqual({
      lr: "0.001",
      'config.opt."a.b"': "even",
      'metric("val/loss").max': "128",
      "config.none": null,
    });
    expect(byId.get(ids[5]!)).toMatchObject({ 'config.opt."a.b"': "odd", 'metric("val/loss").max': null });
    const page = await queryRuns(p.alice, { project: "lists", filter: "seed = 4", keys });
    expect(page.runs[0]!.values).toEqual(byId.get(ids[4]!));
    await expect(runValues(p.alice, { runIds: ids, keys: ["drop table"] })).rejects.toMatchObject({ code: "invalid" });
    expect(await runValues(p.mallory, { runIds: ids.slice(0, 3), keys: ["lr"] })).toEqual([]);
  });

  test("without a value are found by what the list of groups asks for", async () => {
    const grouped = await groupRuns(p.alice, { project: "lists", by: ["config.opt.lr"] });
    for (const g of grouped) {
      expect(await names(narrowed("", "config.opt.lr", g.keys[0]!))).toHaveLength(g.runs);
    }
    expect(await names(narrowed("seed < 9 or seed = 10", "batch", null))).toEqual([]);
    expect(await names(narrowed("seed < 9 or seed = 10", "width", null))).toEqual(
      await names("(seed < 9 or seed = 10) not width = 32"),
    );
    expect(await names(narrowed("", "config.none", null))).toHaveLength(await names("").then((n) => n.length));
    expect(await names(narrowed("", 'config.opt."a.b"', "odd"))).toHaveLength(Math.floor(N / 2));
  });
});

describe("deletion", () => {
  test("asks for the words, counts what is lost, deletes in the background and refuses late points", async () => {
    const runIds = ids.slice(0, 3);
    const what = { project: "lists", runIds };
    expect(await previewDeletion(p.alice, what)).toMatchObject({ confirm: "delete 3 runs", runs: 3, points: 4 });
    await expect(startDeletion(p.alice, { ...what, confirm: "yes" })).rejects.toMatchObject({ code: "invalid" });
    await startDeletion(p.alice, { ...what, confirm: "delete 3 runs" });
    expect(await deleteNext(p.alice)).toBe(true);
    expect(await names('tag = "first ones"')).toEqual([]);
    const [left] = await p.alice
      .sql`select (select count(*) from metric_chunks where run_id = any(${runIds}::uuid[]))::int as n`;
    expect(left!.n).toBe(0);
    const late = columnsOf({ writer: "w", seq: 9, series: [{ metric: "val/loss", steps: [9], values: [9] }] });
    await expect(appendMetrics(p.alice, { runId: runIds[0]!, batch: late })).rejects.toMatchObject({
      code: "not_found",
    });
    expect((await p.alice.api.deletion.list({ team: p.alice.team }))[0]).toMatchObject({
      state: "finished",
      done: 3,
      total: 3,
    });
  });

  test("of one run by a program; of a whole project by its owner only", async () => {
    expect((await call(remove, { key, id: ids[10] })).status).toBe(200);
    await deleteNext(p.alice);
    expect(await names("seed = 10")).toEqual([]);
    await expect(
      startDeletion(
        { ...p.alice, actor: { kind: "user", userId: p.alice.userId, name: "e", role: "editor", ...ALL_PROJECTS } },
        { project: "lists", confirm: "lists" },
      ),
    ).rejects.toMatchObject({ code: "forbidden" });
    await startDeletion(p.alice, { project: "lists", confirm: "lists" });
    await deleteNext(p.alice);
    await expect(queryRuns(p.alice, { project: "lists" })).rejects.toMatchObject({ code: "not_found" });
    expect((await readSeries(p.alice, { runIds: [ids[4]!], metric: "val/loss" }))[0]!.steps).toEqual([]);
  });
});
