// `npm run bench:trainer [-- --json] [-- --rounds 3] [-- --only fp32-1m,94k]`: training speed on the processor,
// alternating with PyTorch where Python has it. `--only` names models, `runs-per-minute` and `first-step`.
// A round's value is its fastest step; the processor's FMA probe in the same process gives the share of what it can do.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { print, ROOT, result as report, say, timed } from "./report.mjs";
import { benchOf, LARGE, PROGRAM, runOf, SMALL, torchOf, withProgram, writeConfig } from "./trainer-program.mjs";

const { values: options } = parseArgs({
  options: { json: { type: "boolean" }, rounds: { type: "string", default: "3" }, only: { type: "string" } },
});
const ROUNDS = Number(options.rounds);
const wanted = (name) => !options.only || options.only.split(",").includes(name);
const THREADS = 2;
const K = 1024;

await withProgram(async (folder) => {
  print([
    ...(await largeModels(folder)),
    ...(await smallModels(folder)),
    ...(wanted("runs-per-minute") ? await packed(folder) : []),
    ...(wanted("first-step") ? [await firstStep(folder)] : []),
  ]);
});

async function largeModels(folder) {
  const results = [];
  for (const precision of ["fp32", "bf16"]) {
    for (const [name, model] of Object.entries(LARGE)) {
      if (!wanted(`${precision}-${name}`)) continue;
      const config = await writeConfig(folder, `${precision}-${name}`, { ...runOf(model, 8), precision });
      if (!runs(config)) {
        say(`no ${precision} here`);
        break;
      }
      say(`${precision} ${name}`);
      const own = [];
      const eager = [];
      const compiled = [];
      for (let round = 0; round < ROUNDS; round++) {
        own.push(benchOf(config, { threads: THREADS }));
        eager.push(torchOf(config, { threads: THREADS }));
        compiled.push(torchOf(config, { threads: THREADS, compile: true }));
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
    fmaShare(name, own),
  ];
  if (compiled.every(Number)) {
    const ratios = rates.map((rate, i) => rate / compiled[i]);
    out.push(report(`trainer.${name}.vs_compile`, ratios, { unit: "", better: "higher" }));
  }
  return out;
}

function fmaShare(name, own) {
  const shares = own.map((o) => o.fma_share);
  return report(`trainer.fma_share.${name}`, shares, { unit: "", better: "higher" });
}

async function smallModels(folder) {
  const results = [];
  for (const [name, model] of Object.entries(SMALL)) {
    if (!wanted(name)) continue;
    say(`quickstart ${name}`);
    const config = await writeConfig(folder, name, runOf(model, 8));
    const own = Array.from({ length: ROUNDS }, () => benchOf(config, {}));
    const rates = own.map((o) => o.best_tokens_per_s);
    const unit = { unit: "tokens/s", better: "higher" };
    results.push(report(`trainer.quickstart.tokens_per_s.${name}`, rates, unit), fmaShare(name, own));
  }
  return results;
}

/** Jobs of the quickstart's smaller model: two at a time on one thread each, against one at a time on two. */
async function packed(folder) {
  const text = join(folder, "text");
  const source = join(ROOT, "node_modules", "@stdlib", "datasets-sotu", "data");
  execFileSync(PROGRAM, ["data", "prepare", "--out", text, source], { stdio: "ignore" });
  const data = { train: join(text, "train.bin"), val: join(text, "val.bin"), format: "u8" };
  const jobs = [];
  for (const batchSeqs of [2, 8, 32]) {
    for (const peakLr of [0.002, 0.008]) {
      const schedule = { kind: "wsd", peakLr, warmupTokens: 64 * K };
      const job = { ...runOf(SMALL["27k"], batchSeqs), schedule, tokens: [128 * K, 256 * K], data };
      jobs.push(await writeConfig(folder, `job-${batchSeqs}-${peakLr}`, job));
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
async function firstStep(folder) {
  say("first step");
  const data = { train: "synthetic:seed=1", val: "synthetic:seed=1", valWindows: 8 };
  const config = await writeConfig(folder, "first", { ...runOf(LARGE["1m"], 8), data, logEveryTokens: 1 });
  const waits = [];
  for (let round = 0; round < ROUNDS; round++) {
    waits.push(
      await timed(async () => {
        const child = spawn(PROGRAM, ["train", "--config", config, "--threads", String(THREADS)]);
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

function runs(config) {
  return spawnSync(PROGRAM, ["check", "--config", config]).status === 0;
}

function train(config, threads) {
  return new Promise((done, reject) => {
    const child = spawn(PROGRAM, ["train", "--config", config, "--threads", String(threads)], { stdio: "ignore" });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? done() : reject(new Error(`${config} ended with ${code}`))));
  });
}
