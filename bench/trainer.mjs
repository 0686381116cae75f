// `npm run bench:trainer [-- --json] [-- --rounds 3] [-- --device cuda]`: training speed, on the processor alternating
// with PyTorch where Python has it.
// A round's value is its fastest step; the processor's FMA probe in the same process gives the share of what it can do.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { print, ROOT, result as report, say, timed } from "./report.mjs";

const TRAINER = join(ROOT, "workers", "trainer");
const BUILD = join(TRAINER, "build", "release");
const PROGRAM = join(BUILD, "etalon-trainer");
const ROUNDS = Number(process.argv[process.argv.indexOf("--rounds") + 1]) || 3;
const at = process.argv.indexOf("--device");
const DEVICE = ["--device", at < 0 ? "cpu" : process.argv[at + 1]];
const THREADS = 2;
const SECONDS = "2";
const K = 1024;

const large = (width, depth, heads, hidden) => ({ width, depth, heads, hidden, seqLen: 256, vocab: 4096 });
const LARGE = { "1m": large(128, 5, 4, 384), "5m": large(256, 6, 4, 704), "20m": large(512, 6, 8, 1408) };
const small = (width, hidden) => ({ width, depth: 2, heads: width / 16, hidden, seqLen: 64, vocab: 256 });
const SMALL = { "27k": small(32, 96), "94k": small(64, 160) };

const folder = await mkdtemp(join(tmpdir(), "etalon-bench-"));
try {
  say("building");
  execFileSync("cmake", ["-S", TRAINER, "-B", BUILD, "-DCMAKE_BUILD_TYPE=Release"], { stdio: "ignore" });
  execFileSync("cmake", ["--build", BUILD, "--parallel", "2", "--target", "etalon-trainer"], { stdio: "ignore" });
  print([...(await largeModels()), ...(await smallModels()), ...(await packed()), await firstStep()]);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function largeModels() {
  const results = [];
  for (const precision of ["fp32", "bf16"]) {
    for (const [name, model] of Object.entries(LARGE)) {
      const config = await write(`${precision}-${name}`, { ...run(model, 8), precision });
      if (!runs(config)) {
        say(`no ${precision} here`);
        break;
      }
      say(`${precision} ${name}`);
      const own = [];
      const eager = [];
      const compiled = [];
      for (let round = 0; round < ROUNDS; round++) {
        own.push(bench(config, THREADS));
        eager.push(torch(config, []));
        if (name !== "20m") compiled.push(torch(config, ["--compile"]));
      }
      results.push(...speeds(`${precision}.${name}`, own, eager, compiled));
    }
  }
  return results;
}

function speeds(name, own, eager, compiled) {
  const rates = own.map((o) => o.best_tokens_per_s);
  const baseline = eager.every(Number) ? { name: "PyTorch eager", values: eager } : undefined;
  const out = [
    report(`trainer.${name}.tokens_per_s`, rates, { unit: "tokens/s", better: "higher", baseline }),
    ...fmaShare(name, own),
  ];
  if (compiled.length > 0 && compiled.every(Number)) {
    const ratios = rates.map((rate, i) => rate / compiled[i]);
    out.push(report(`trainer.${name}.vs_compile`, ratios, { unit: "", better: "higher" }));
  }
  return out;
}

/** A device has no such probe. */
function fmaShare(name, own) {
  const shares = own.map((o) => o.fma_share);
  return shares.every(Number) ? [report(`trainer.fma_share.${name}`, shares, { unit: "", better: "higher" })] : [];
}

async function smallModels() {
  const results = [];
  for (const [name, model] of Object.entries(SMALL)) {
    say(`quickstart ${name}`);
    const config = await write(name, run(model, 8));
    const own = Array.from({ length: ROUNDS }, () => bench(config, 1));
    const rates = own.map((o) => o.best_tokens_per_s);
    const unit = { unit: "tokens/s", better: "higher" };
    results.push(report(`trainer.quickstart.tokens_per_s.${name}`, rates, unit), ...fmaShare(name, own));
  }
  return results;
}

/** Jobs of the quickstart's smaller model: two at a time on one thread each, against one at a time on two. */
async function packed() {
  const text = join(folder, "text");
  const source = join(ROOT, "node_modules", "@stdlib", "datasets-sotu", "data");
  execFileSync(PROGRAM, ["data", "prepare", "--out", text, source], { stdio: "ignore" });
  const data = { train: join(text, "train.bin"), val: join(text, "val.bin"), format: "u8" };
  const jobs = [];
  for (const batchSeqs of [2, 8, 32]) {
    for (const peakLr of [0.002, 0.008]) {
      const schedule = { kind: "wsd", peakLr, warmupTokens: 64 * K };
      const job = { ...run(SMALL["27k"], batchSeqs), schedule, tokens: [128 * K, 256 * K], data };
      jobs.push(await write(`job-${batchSeqs}-${peakLr}`, job));
    }
  }
  const perMinute = async (slots, threads) => {
    const waiting = [...jobs];
    const slot = async () => {
      for (let job = waiting.shift(); job; job = waiting.shift()) await train(job, threads);
    };
    return (60 * 2 * jobs.length) / (await timed(() => Promise.all(Array.from({ length: slots }, slot))));
  };
  const together = [];
  const alone = [];
  for (let round = 0; round < ROUNDS; round++) {
    say(`runs per minute, round ${round + 1}`);
    together.push(await perMinute(2, 1));
    alone.push(await perMinute(1, 2));
  }
  const baseline = { name: "one run on two threads", values: alone };
  return [report("trainer.quickstart.runs_per_min.packed", together, { unit: "runs/min", better: "higher", baseline })];
}

/** From the start of the process to the line of the first step of the 1M model, initial values and data included. */
async function firstStep() {
  say("first step");
  const data = { train: "synthetic:seed=1", val: "synthetic:seed=1", valWindows: 8 };
  const config = await write("first", { ...run(LARGE["1m"], 8), data, logEveryTokens: 1 });
  const waits = [];
  for (let round = 0; round < ROUNDS; round++) {
    waits.push(
      await timed(async () => {
        const child = spawn(PROGRAM, ["train", "--config", config, "--threads", String(THREADS), ...DEVICE]);
        let output = "";
        for await (const part of child.stdout) {
          output += part;
          if (output.includes('"event":"step"')) break;
        }
        child.kill("SIGKILL");
      }),
    );
  }
  return report("trainer.first_step_s", waits, { unit: "s", better: "lower" });
}

function run(model, batchSeqs) {
  const schedule = { kind: "constant", peakLr: 0.001 };
  return { model, parametrization: { kind: "mup" }, schedule, batchSeqs, tokens: [batchSeqs * model.seqLen * 8] };
}

async function write(name, config) {
  const path = join(folder, `${name}.json`);
  await writeFile(path, JSON.stringify(config));
  return path;
}

function runs(config) {
  return spawnSync(PROGRAM, ["check", "--config", config, ...DEVICE]).status === 0;
}

function bench(config, threads) {
  const args = ["bench", "--config", config, "--threads", String(threads), "--seconds", SECONDS, ...DEVICE];
  return JSON.parse(execFileSync(PROGRAM, args, { encoding: "utf8" }));
}

/** Tokens a second on the processor, or null where Python has no torch. */
function torch(config, options) {
  if (DEVICE[1] !== "cpu") return null;
  const script = join(TRAINER, "bench", "torch_baseline.py");
  const args = [script, "--config", config, "--threads", String(THREADS), ...options];
  const { status, stdout } = spawnSync("python3", args, { encoding: "utf8" });
  return status === 0 ? JSON.parse(stdout).best_tokens_per_s : null;
}

function train(config, threads) {
  return new Promise((done, reject) => {
    const args = ["train", "--config", config, "--threads", String(threads), ...DEVICE];
    const child = spawn(PROGRAM, args, { stdio: "ignore" });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? done() : reject(new Error(`${config} ended with ${code}`))));
  });
}
