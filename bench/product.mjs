// Starts the real product for a benchmark, on data of its own.
import { execFileSync, spawn } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { globalAgent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runningEmbeddedUrl } from "../db/embedded.ts";
import { freePort } from "../os/net.ts";
import { ROOT } from "./report.mjs";

/** A running server with an API key for everything; `stop` ends it and removes its data. */
export async function startProduct({ flags = ["--no-worker", "--no-quickstart"], folder: given } = {}) {
  const folder = await mkdtemp(join(given ?? tmpdir(), "etalon-bench-"));
  await chmod(folder, 0o755); // the database's user must be able to enter it
  const dataDir = join(folder, "data");
  const env = { ...process.env, PORT: String(await freePort()), ETALON_DATA_DIR: dataDir };
  const program = join(ROOT, "bin", "etalon.mjs");
  const start = () =>
    ready(
      spawn(process.execPath, [program, "start", ...flags], {
        cwd: ROOT,
        env,
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  let server = await start();
  const key = execFileSync(
    process.execPath,
    [program, "key", "create", "--scopes", "read,write", "--requests-per-minute", "10000000"],
    {
      cwd: ROOT,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    },
  ).trim();
  const databaseUrl = await runningEmbeddedUrl(dataDir);
  return {
    ...server,
    key,
    dataDir,
    databaseUrl,
    /** After the database was started again its port may be another. */
    currentDatabaseUrl: () => runningEmbeddedUrl(dataDir),
    signInLink: () =>
      execFileSync(process.execPath, [program, "sign-in-link"], {
        cwd: ROOT,
        env,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).match(/http\S+/)[0],
    /** Starts anew on the same data and port after the server was killed. */
    again: async () => {
      server = await start();
      return server;
    },
    stop: async () => {
      await server.end();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** The baseline server of row-store.ts on the same database. */
export function startRowStore(databaseUrl) {
  const env = { ...process.env, DATABASE_URL: databaseUrl };
  return ready(
    spawn(process.execPath, ["--import", "tsx", join(ROOT, "bench", "row-store.ts")], {
      cwd: ROOT,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}

async function ready(child) {
  let output = "";
  const ended = new Promise((done) => child.on("close", done));
  const url = new Promise((done) => {
    const keep = (data) => {
      output += data;
      const line = /^ready: (\S+)\n/m.exec(output);
      if (line) done(line[1]);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
  });
  const first = await Promise.race([url, ended.then(() => null)]);
  if (!first) throw new Error(`the server did not start:\n${output}`);
  return {
    url: first,
    pid: child.pid,
    end: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Sends a body as it is, over a connection of `agent`; rejects unless the server took it. */
export function post(agent, url, key, type, body) {
  return new Promise((done, reject) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": type, "content-length": body.length };
    const req = request(url, { method: "POST", agent: agent ?? globalAgent, headers }, (res) => {
      res.resume();
      res.on("end", () => (res.statusCode === 200 ? done() : reject(new Error(`status ${res.statusCode}`))));
      res.on("error", reject); // a server killed within its answer
    });
    req.on("error", reject);
    req.setTimeout(60_000, () => req.destroy(new Error("no answer")));
    req.end(body);
  });
}

/** A batch in the binary format: all metrics at the same steps, tokens and times. */
export function binaryBody({ seq, metrics, steps, tokens, times, values }) {
  const header = JSON.stringify({
    writer: "bench",
    seq,
    axes: [{ points: steps.length, tokens: true, times: true }],
    series: metrics.map((metric) => ({ metric, axis: 0 })),
  });
  const start = Math.ceil((4 + header.length) / 8) * 8;
  const doubles = Float64Array.from([steps, tokens, times, ...values].flat());
  const body = Buffer.alloc(start + doubles.byteLength);
  body.writeUInt32LE(header.length, 0);
  body.write(header, 4);
  body.set(new Uint8Array(doubles.buffer), start);
  return body;
}

export async function call(server, method, path, body) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${server.key}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}
