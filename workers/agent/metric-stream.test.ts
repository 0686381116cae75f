import { createServer, type Server } from "node:http";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type RefusedError, ServerClient } from "./client";
import { MetricStream } from "./metric-stream";

interface Sent {
  writer: string;
  seq: number;
  series: { metric: string; steps: number[]; values: unknown[] }[];
}

let server: Server;
let received: Sent[];
let answers: number[];
let client: ServerClient;
let ending: AbortController;
let headers: Record<string, string>;
let lease: unknown;
let page: string | null;

beforeEach(async () => {
  received = [];
  answers = [];
  headers = {};
  lease = {};
  page = null;
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (d: Buffer) => parts.push(d));
    request.on("end", () => {
      const body = Buffer.concat(parts);
      const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
      const status = answers.shift() ?? 200;
      if (status === 200) received.push(JSON.parse(text.toString()) as Sent);
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(
        status === 200 ? JSON.stringify(lease) : (page ?? JSON.stringify({ error: { code: "c", message: "m" } })),
      );
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  ending = new AbortController();
  client = new ServerClient(`http://127.0.0.1:${port}`, "etl_key", ending.signal, () => {});
});
afterEach(() => {
  ending.abort();
  server.close();
});

const unexpected = (e: Error) => {
  throw e;
};
const point = (step: number, value = step) => ({ step, value, tokens: step * 512, time: 1 });

test("points go out in numbered batches, in order, none twice", async () => {
  const stream = new MetricStream(client, "run", "agent lease 1", unexpected);
  stream.add("train/loss", point(1));
  stream.add("train/lr", point(1, Number.NaN));
  await stream.flush();
  await stream.flush();
  stream.add("train/loss", point(2));
  await stream.flush();
  expect(received.map((b) => [b.writer, b.seq, b.series.map((s) => [s.metric, s.steps, s.values])])).toEqual([
    [
      "agent lease 1",
      0,
      [
        ["train/loss", [1], [1]],
        ["train/lr", [1], ["NaN"]],
      ],
    ],
    ["agent lease 1", 1, [["train/loss", [2], [2]]]],
  ]);
});

test("a batch is repeated under its number until the server takes it; later ones wait", async () => {
  answers = [503, 500, 429];
  const stream = new MetricStream(client, "run", "w", unexpected);
  stream.add("m", point(1));
  const first = stream.flush();
  stream.add("m", point(2));
  await Promise.all([first, stream.flush()]);
  expect(received.map((b) => [b.seq, b.series[0]!.steps])).toEqual([
    [0, [1]],
    [1, [2]],
  ]);
});

test("a batch that the server refuses for good is told with its words and left out; later ones go on", async () => {
  answers = [422];
  const refused: RefusedError[] = [];
  const stream = new MetricStream(client, "run", "w", (e) => refused.push(e));
  stream.add("m", point(1));
  await stream.flush();
  stream.add("m", point(2));
  await stream.flush();
  expect(refused).toMatchObject([{ name: "RefusedError", status: 422 }]);
  expect(received.map((b) => [b.seq, b.series[0]!.steps])).toEqual([[1, [2]]]);
});

test("a page of a proxy is no answer of the server: the batch is sent again", async () => {
  page = "<html>404 not found</html>";
  answers = [404, 403];
  const stream = new MetricStream(client, "run", "w", unexpected);
  stream.add("m", point(1));
  await stream.flush();
  expect(received.map((b) => b.seq)).toEqual([0]);
});

test("waits as long as the server says before it asks again", async () => {
  const timers = vi.spyOn(globalThis, "setTimeout");
  headers = { "retry-after": "1" };
  answers = [503];
  const stream = new MetricStream(client, "run", "w", unexpected);
  stream.add("m", point(1));
  await stream.flush();
  expect(timers.mock.calls.map(([, ms]) => ms)).toContain(1_000);
  timers.mockRestore();
});

test("a job that the agent cannot read is failed at once with the reason", async () => {
  const job = { id: crypto.randomUUID(), leaseId: crypto.randomUUID(), attempt: 1, hasCheckpoint: false, runs: [{}] };
  lease = { job, leaseSeconds: 60 };
  await expect(client.lease("worker")).rejects.toThrow("cannot read the job");
  expect(received).toMatchObject([{}, { leaseId: job.leaseId, retry: true, reason: expect.stringContaining("runs") }]);
});

test("five thousand points go out by themselves", async () => {
  const stream = new MetricStream(client, "run", "w", unexpected);
  for (let step = 0; step < 12_000; step++) stream.add("m", point(step));
  await stream.flush();
  expect(received.map((b) => b.series[0]!.steps.length)).toEqual([5_000, 5_000, 2_000]);
});
