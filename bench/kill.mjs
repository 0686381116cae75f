// `npm run bench:kill [-- --kills 20]`: points under load while server, compactor and database are killed without
// warning. Prints acknowledged / found / doubled; exits 1 unless every acknowledged point is there, once and to the
// bit.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Logging } from "./points.mjs";
import { call, startProduct } from "./product.mjs";

const asked = process.argv.indexOf("--kills");
const KILLS = asked > 0 ? Number(process.argv[asked + 1]) : 20;
const WRITERS = 8;
const STEPS = 2_500;

let server = await startProduct();
const { dataDir } = server;
/** Since a strike; null once a batch was taken again, which ends the time that it was down. */
let struckAt = null;
let downMs = 0;
const logging = new Logging({
  server: () => server,
  steps: STEPS,
  taken: () => {
    if (struckAt !== null) downMs += performance.now() - struckAt;
    struckAt = null;
  },
});
try {
  const runs = [];
  while (runs.length < WRITERS) runs.push(await call(server, "POST", "/runs", { project: "kill" }));
  const begun = performance.now();
  logging.start(runs);
  for (let k = 0; k < KILLS; k++) {
    await sleep(1_000 + 2_000 * Math.random());
    await strike(k);
  }
  await logging.stop();
  const seconds = (performance.now() - begun) / 1000;
  const { acknowledged, found, doubled, wrong } = await logging.count();
  console.log(
    `${KILLS} kills in ${seconds.toFixed(0)} s at ${Math.round(acknowledged / (seconds - downMs / 1000))} points/s while it took batches (${(downMs / 1000).toFixed(0)} s down): acknowledged ${acknowledged}, found ${found}, doubled ${doubled}, wrong ${wrong}`,
  );
  process.exitCode = found === acknowledged && doubled === 0 && wrong === 0 ? 0 : 1;
} finally {
  logging.abandon();
  await server.stop();
}

/** In turn: the server with its compactor; one backend of the database; database and server at once. */
async function strike(k) {
  struckAt ??= performance.now();
  const backends = processes().filter((p) => p.name === "postgres");
  if (k % 3 === 1) {
    const backend = backends.filter((p) => p.args.includes("etalon")).at(k % 5);
    if (backend) process.kill(backend.pid, "SIGKILL");
    return;
  }
  if (k % 3 === 2) for (const p of backends) kill(p.pid);
  kill(server.pid);
  await sleep(200);
  server = { ...server, ...(await server.again()) };
}

/** Processes of this data directory's database. */
function processes() {
  const all = readdirSync("/proc").filter((n) => /^\d+$/.test(n));
  const read = (pid, file) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
      return "";
    }
  };
  const list = all.map((pid) => ({
    pid: Number(pid),
    name: read(pid, "comm").trim(),
    args: read(pid, "cmdline"),
    parent: Number(/PPid:\t(\d+)/.exec(read(pid, "status"))?.[1]),
  }));
  const master = list.find((p) => p.name === "postgres" && p.args.includes(dataDir));
  return master ? list.filter((p) => p.pid === master.pid || p.parent === master.pid) : [];
}

function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // gone already
  }
}
