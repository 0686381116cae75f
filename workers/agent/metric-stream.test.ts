import { createServer, type Server } from "node:http";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ServerClient } from "./client";
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

beforeEach(async () => {
  received = [];
  answers = [];
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (d: Buffer) => parts.push(d));
    request.on("end", () => {
      const body = Buffer.concat(parts);
      const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
      const status = answers.shift() ?? 200;
      if (status === 200) received.push(JSON.parse(text.toString()) as Sent);
      response.writeHead(status, { "content-type": "application/json" }).end("{}");
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

const point = (step: number, value = step) => ({ step, value, tokens: step * 512, time: 1 });

test("points go out in numbered batches, in order, none twice", async () => {
  const stream = new MetricStream(client, "run", "agent lease 1");
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
  const stream = new MetricStream(client, "run", "w");
  stream.add("m", point(1));
  const first = stream.flush();
  stream.add("m", point(2));
  await Promise.all([first, stream.flush()]);
  expect(received.map((b) => [b.seq, b.series[0]!.steps])).toEqual([
    [0, [1]],
    [1, [2]],
  ]);
});

test("a batch that the server refuses for good is an error with its words", async () => {
  answers = [404];
  const stream = new MetricStream(client, "run", "w");
  stream.add("m", point(1));
  await expect(stream.flush()).rejects.toMatchObject({ name: "RefusedError", status: 404 });
});

test("five thousand points go out by themselves", async () => {
  const stream = new MetricStream(client, "run", "w");
  for (let step = 0; step < 12_000; step++) stream.add("m", point(step));
  await stream.flush();
  expect(received.map((b) => b.series[0]!.steps.length)).toEqual([5_000, 5_000, 2_000]);
});
