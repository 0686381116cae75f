import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isPublicAddress } from "./address";
import { post } from "./post";

test.each([
  ...["0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255"],
  ...["127.0.0.1", "127.8.8.8", "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192"],
  ...["192.0.2.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1"],
  ...["239.255.255.250", "240.0.0.1", "255.255.255.255"],
  ...["::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:a9fe:a9fe", "::127.0.0.1", "64:ff9b::a00:1"],
  ...["100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254"],
  ...["fe80::1", "fec0::1", "ff02::1", "4000::1", "", "localhost", "1.2.3", "0x7f.0.0.1"],
])("%s is no address of the public internet", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  ...["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1", "192.0.1.1"],
  ...["198.17.255.255", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::200e", "2400:cb00::1"],
])("%s is an address of the public internet", (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

const message = { body: "{}", headers: {} };
let handle: (req: IncomingMessage, res: ServerResponse) => void;
const server = createServer((req, res) => handle(req, res));
let port: number;
let seen: number;

beforeEach(async () => {
  seen = 0;
  handle = (_req, res) => {
    seen++;
    res.end("ok");
  };
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  port = (server.address() as AddressInfo).port;
  delete process.env.ETALON_WEBHOOKS_TO_PRIVATE;
});
afterEach(async () => {
  delete process.env.ETALON_WEBHOOKS_TO_PRIVATE;
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

test.each([
  "127.0.0.1",
  "2130706433",
  "0x7f000001",
  "017700000001",
  "127.1",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
])("http://%s is refused, however it is written", async (host) => {
  await expect(post(`http://${host}:${port}/`, message)).rejects.toThrow("no address of the public internet");
  expect(seen).toBe(0);
});

test("a name is refused where one of its addresses is private, and asked for once", async () => {
  let asked = 0;
  const resolve = async () => {
    asked++;
    const one = { address: "8.8.8.8", family: 4 };
    return [one, { address: "127.0.0.1", family: 4 }];
  };
  await expect(post(`http://hooks.example:${port}/`, message, { resolve })).rejects.toThrow(
    /^hooks.example leads to no address of the public internet;/,
  );
  expect([asked, seen]).toEqual([1, 0]);
});

test("what was looked at is connected to: the system is not asked for the name", async () => {
  process.env.ETALON_WEBHOOKS_TO_PRIVATE = "1";
  let host: string | undefined;
  handle = (req, res) => {
    host = req.headers.host;
    res.end();
  };
  const resolve = async () => [{ address: "127.0.0.1", family: 4 }];
  await post(`http://no-such-name.invalid:${port}/`, message, { resolve });
  expect(host).toBe(`no-such-name.invalid:${port}`);
});

test("redirects are not followed", async () => {
  process.env.ETALON_WEBHOOKS_TO_PRIVATE = "1";
  handle = (req, res) => {
    seen++;
    if (req.url === "/") res.writeHead(307, { location: "/inside" });
    res.end();
  };
  await expect(post(`http://127.0.0.1:${port}/`, message)).rejects.toThrow(
    "answered with 307: redirects are not followed",
  );
  expect(seen).toBe(1);
});

test("an answer that does not come, or does not end, is given up", async () => {
  process.env.ETALON_WEBHOOKS_TO_PRIVATE = "1";
  handle = () => {};
  await expect(post(`http://127.0.0.1:${port}/`, message, { waitMs: 100 })).rejects.toThrow("no answer within 0.1 s");
  handle = (_req, res) => {
    res.writeHead(500);
    res.write("a");
  };
  await expect(post(`http://127.0.0.1:${port}/`, message, { waitMs: 100 })).rejects.toThrow("no answer within 0.1 s");
});

test("a name that is never resolved is given up too", async () => {
  const resolve = () => new Promise<never>(() => {});
  await expect(post("http://hooks.example/", message, { resolve, waitMs: 50 })).rejects.toThrow("no answer within");
});

test("of an answer without end only the beginning is read", async () => {
  process.env.ETALON_WEBHOOKS_TO_PRIVATE = "1";
  let written = 0;
  handle = (_req, res) => {
    res.writeHead(503);
    res.on("error", () => {});
    const more = () => {
      if (res.destroyed) return;
      written++;
      res.write("x".repeat(1_000), () => setImmediate(more));
    };
    more();
  };
  await expect(post(`http://127.0.0.1:${port}/`, message)).rejects.toThrow(`answered with 503: ${"x".repeat(200)}`);
  await new Promise((done) => setTimeout(done, 50));
  const before = written;
  await new Promise((done) => setTimeout(done, 50));
  expect(written).toBe(before);
});

test("a server that is not there is said", async () => {
  process.env.ETALON_WEBHOOKS_TO_PRIVATE = "1";
  await expect(post("http://127.0.0.1:1/", message)).rejects.toThrow("ECONNREFUSED");
});
