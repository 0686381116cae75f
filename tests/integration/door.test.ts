import { Agent, createServer, type IncomingMessage, request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as route from "@/app/api/v1/[...path]/route";
import { blobParts } from "@/db/schema";
import { create, query } from "@/server/http/native/runs";
import { lease } from "@/server/http/native/work";
import { answerProgram, v1 } from "@/server/http/programs";
import { createProject } from "@/server/services/project";
import { call, keyWith, product, sweepIn, workerOf } from "./product";

const p = product();
let server: Server;
let port: number;
let key: string;
let id: string;

beforeAll(async () => {
  key = await keyWith(p.alice, "read", "write", "work");
  await createProject(p.alice, { name: "Door", slug: "door" });
  id = (await call(create, { key, body: { project: "door" } })).body.id;
  server = createServer((req, res) => void (answerProgram(req, res, { common: "yes" }) || res.writeHead(418).end()));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** What Next's side of the table answers, once Node's has answered the same. */
async function both(method: string, path: string) {
  const headers = { authorization: `Bearer ${key}` };
  const answers = [
    await v1(new Request(`http://etalon.test${path}`, { method, headers })),
    await fetch(`http://127.0.0.1:${port}${path}`, { method, headers }),
  ];
  const [next, node] = await Promise.all(
    answers.map(async (a) => ({
      status: a.status,
      allow: a.headers.get("allow"),
      type: a.headers.get("content-type"),
      text: await a.text(),
    })),
  );
  expect(node).toEqual(next);
  return next!;
}

test("Next gets every method of the table", () => {
  const methods = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
  expect({ ...route }).toEqual(Object.fromEntries(methods.map((m) => [m, v1])));
});

describe("Node's side and Next's answer alike", () => {
  const errorOf = (text: string) => (JSON.parse(text) as { error: { code: string; message: string } }).error;

  test("an unknown path with 404, a call by another method with 405, and what there is instead", async () => {
    for (const path of ["/api/v1/rnus", `/api/v1/runs/${id}/metric`, "/api/v1/runs//finish"]) {
      const { status, type, text } = await both("POST", path);
      expect([status, type, errorOf(text).code]).toEqual([404, "application/json", "not_found"]);
      expect(errorOf(text).message).toContain("GET /api/v1/openapi.json lists the calls");
    }
    const { status, allow, text } = await both("DELETE", "/api/v1/runs/query?a=1");
    expect([status, allow]).toEqual([405, "POST, OPTIONS"]);
    expect(errorOf(text)).toMatchObject({
      code: "wrong_method",
      message: '"/api/v1/runs/query" takes POST, OPTIONS, not DELETE',
    });
    expect((await both("PATCH", "/api/v1/openapi.json")).allow).toBe("GET, HEAD, OPTIONS");
  });

  test("HEAD as GET without the body, OPTIONS with the methods and without a key", async () => {
    const run = await both("GET", `/api/v1/runs/${id}`);
    expect([run.status, JSON.parse(run.text).id]).toEqual([200, id]);
    expect(await both("HEAD", `/api/v1/runs/${id}`)).toEqual({ ...run, text: "" });
    expect(await both("HEAD", "/api/v1/runs?project=door")).toMatchObject({ status: 200, text: "" });
    expect(await both("HEAD", "/api/v1/runs/none")).toMatchObject({ status: 404, text: "" });
    expect(await both("HEAD", "/api/v1/series")).toMatchObject({ status: 405, text: "" });
    const options = await fetch(`http://127.0.0.1:${port}/api/v1/runs/${id}`, { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, PATCH, DELETE, HEAD, OPTIONS"]);
    expect(await both("OPTIONS", `/api/v1/runs/${id}`)).toMatchObject({ status: 204, text: "" });
  });

  test("a path that ends with a slash or is encoded", async () => {
    const run = await both("GET", `/api/v1/runs/${id}`);
    expect(await both("GET", `/api/v1/runs/${id}/`)).toEqual(run);
    expect(await both("GET", `/api/v1/%72uns/${id.replace("-", "%2D")}`)).toEqual(run);
    expect((await both("GET", `/api/v1/runs%2F${id}`)).status).toBe(404);
    expect((await both("GET", "/api/v1/runs/%E0%A4%A")).status).toBe(400);
    expect((await both("GET", `/api/v1/runs/${id}/logs?after=a%00b`)).status).toBe(422);
  });

  test("many rows part by part, packed for who takes it", async () => {
    const path = "/api/v1/runs?project=door&format=jsonl";
    const rows = await both("GET", path);
    expect([rows.status, rows.type, JSON.parse(rows.text).id]).toEqual([200, "application/x-ndjson", id]);
    const packing = async (coding: string) => {
      const headers = { authorization: `Bearer ${key}`, "accept-encoding": coding };
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
      return [answer.headers.get("content-encoding"), await answer.text()];
    };
    expect(await packing("br, gzip")).toEqual(["gzip", rows.text]);
    expect(await packing("identity")).toEqual([null, rows.text]);
  });
});

test("a field is refused alike, whether the door parses it or a verb", async () => {
  const { message } = (await call(create, { key, body: { project: "door", unknown: 1 } })).body.error;
  const refusedFor = async (part: object) =>
    (await call(query, { key, body: { project: "door", ...part } })).body.error;
  const refusal = (field: string) => ({ code: "invalid", message, issues: [{ field, message: expect.any(String) }] });
  expect(await refusedFor({ limit: 0 })).toEqual(refusal("limit"));
  expect(await refusedFor({ keys: [1] })).toEqual(refusal("keys.0"));
  expect(await refusedFor({ unknown: 1 })).toEqual(refusal("body"));
  expect((await call(query, { key, raw: "[]" })).body.error).toEqual(refusal("body"));
  expect((await call(query, { key, body: { project: "d\u0000" } })).body.error.issues[0].field).toBe("project");
});

test("what is not below the root passes by, and the common headers are on every answer", async () => {
  const seen = async (path: string) => {
    const { status, headers } = await fetch(`http://127.0.0.1:${port}${path}`);
    return [status, headers.get("common")];
  };
  expect(await seen("/api/v1x")).toEqual([418, null]);
  expect(await seen("/")).toEqual([418, null]);
  expect(await seen("/api/v1")).toEqual([404, "yes"]);
  expect(await seen("/api/v1/openapi.json")).toEqual([200, "yes"]);
});

test("a connection ends with a refusal of a body that is not read, and lives on without one", async () => {
  const socket = connect(port, "127.0.0.1");
  let heard = "";
  socket.on("data", (d) => {
    heard += d;
  });
  const ended = new Promise((done) => socket.once("close", done));
  const refused = `HTTP/1.1 401 Unauthorized`;
  socket.write(`POST /api/v1/runs HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}`);
  await expect.poll(() => heard.split(refused).length).toBe(2);
  expect(heard.toLowerCase()).toContain("connection: keep-alive");
  socket.write(`POST /api/v1/runs HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n{`);
  await ended;
  expect(heard.split(refused).length).toBe(3);
  expect(heard.split(refused)[2]!.toLowerCase()).toContain("connection: close");
});

describe("a checkpoint", () => {
  const MB = Buffer.alloc(1024 * 1024, 7);

  const parts = () => p.alice.db.$count(blobParts);

  async function leased() {
    await sweepIn(p.alice);
    const job = (await call(lease, { key, id: await workerOf(p.alice) })).body.job;
    return { job, path: `/api/v1/jobs/${job.id}/checkpoint` };
  }

  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  afterAll(() => agent.destroy());

  function put(path: string) {
    const headers = { authorization: `Bearer ${key}` };
    const sent = request({ agent, host: "127.0.0.1", port, path, method: "PUT", headers });
    const answered = new Promise<IncomingMessage>((done, fail) => sent.on("response", done).on("error", fail));
    return { sent, answered };
  }

  test("is stored while it comes, and comes back part by part", async () => {
    const { job, path } = await leased();
    const { sent, answered } = put(`${path}?lease=${job.leaseId}`);
    sent.write(MB);
    await expect.poll(parts).toBe(1);
    sent.write(MB);
    await expect.poll(parts).toBe(2);
    sent.end("end");
    const answer = await answered;
    expect([answer.statusCode, await text(answer)]).toEqual([200, `{"bytes":${2 * MB.length + 3}}`]);
    const back = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${key}` } });
    expect([back.status, back.headers.get("content-length")]).toEqual([200, String(2 * MB.length + 3)]);
    expect(Buffer.from(await back.arrayBuffer()).equals(Buffer.concat([MB, MB, Buffer.from("end")]))).toBe(true);
  });

  test("that breaks off leaves nothing", async () => {
    const { job, path } = await leased();
    const before = await parts();
    const { sent, answered } = put(`${path}?lease=${job.leaseId}`);
    sent.write(MB);
    await expect.poll(parts).toBe(before + 1);
    sent.destroy();
    await expect(answered).rejects.toThrow("socket hang up");
    await expect.poll(parts).toBe(before);
  });

  test("that is refused while it is sent says why, and the connection takes the next request", async () => {
    const { path } = await leased();
    const { sent, answered } = put(`${path}?lease=${crypto.randomUUID()}`);
    sent.write(MB);
    const answer = await answered;
    expect([answer.statusCode, answer.headers.connection]).toEqual([409, "keep-alive"]);
    for (let i = 0; i < 8; i++) sent.write(MB);
    await new Promise<void>((done) => sent.end(done));
    expect(JSON.parse(await text(answer)).error.code).toBe("conflict");
    const again = put(`${path}?lease=none`);
    again.sent.end();
    expect([(await again.answered).statusCode, again.sent.reusedSocket]).toEqual([409, true]);
  });
});
