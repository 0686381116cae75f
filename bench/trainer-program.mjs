// The models of the trainer's benchmarks, and how they run there and in PyTorch.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, say } from "./report.mjs";

const TRAINER = join(ROOT, "workers", "trainer");
const BUILD = join(TRAINER, "build", "release");
/** ETALON_TRAINER names a program that was built elsewhere, for example with the CUDA backend. */
export const PROGRAM = process.env.ETALON_TRAINER || join(BUILD, "etalon-trainer");

const large = (width, depth, heads, hidden) => ({ width, depth, heads, hidden, seqLen: 256, vocab: 4096 });
export const LARGE = { "1m": large(128, 5, 4, 384), "5m": large(256, 6, 4, 704), "20m": large(512, 6, 8, 1408) };
const small = (width, hidden) => ({ width, depth: 2, heads: width / 16, hidden, seqLen: 64, vocab: 256 });
export const SMALL = { "27k": small(32, 96), "94k": small(64, 160) };

/** Builds the program as the product does, then calls `work` with a folder that is removed afterwards. */
export async function withProgram(work) {
  if (!process.env.ETALON_TRAINER) build();
  const folder = await mkdtemp(join(tmpdir(), "etalon-bench-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function build() {
  say("building");
  execFileSync("cmake", ["-S", TRAINER, "-B", BUILD, "-DCMAKE_BUILD_TYPE=Release"], { stdio: "ignore" });
  const jobs = String(availableParallelism());
  execFileSync("cmake", ["--build", BUILD, "--parallel", jobs, "--target", "etalon-trainer"], { stdio: "ignore" });
}

/** The configuration of eight steps at a constant rate. */
export function runOf(model, batchSeqs) {
  const schedule = { kind: "constant", peakLr: 0.001 };
  return { model, parametrization: { kind: "mup" }, schedule, batchSeqs, tokens: [batchSeqs * model.seqLen * 8] };
}

export async function writeConfig(folder, name, config) {
  const path = join(folder, `${name}.json`);
  await writeFile(path, JSON.stringify(config));
  return path;
}

/** What `etalon-trainer bench` prints of two seconds of steps. */
export function benchOf(config, { threads = 1, device = "cpu" }) {
  const args = ["bench", "--config", config, "--threads", String(threads), "--seconds", "2", "--device", device];
  return JSON.parse(execFileSync(PROGRAM, args, { encoding: "utf8" }));
}

/**
 * PyTorch takes memory anew for most results. With these settings glibc keeps what was freed, so that the baseline does
 * not wait for page faults, which are dear on virtual machines.
 */
const KEEP_MEMORY = { MALLOC_MMAP_MAX_: "0", MALLOC_TRIM_THRESHOLD_: String(2 ** 40) };

/** Tokens a second in PyTorch, or null where Python has no torch. */
export function torchOf(config, { threads = 1, device = "cpu", compile = false }) {
  const script = join(TRAINER, "bench", "torch_baseline.py");
  const args = [script, "--config", config, "--threads", String(threads), "--device", device];
  if (compile) args.push("--compile");
  const env = { ...process.env, ...KEEP_MEMORY };
  const { status, stdout, stderr } = spawnSync("python3", args, { encoding: "utf8", env });
  if (status === 0) return JSON.parse(stdout).best_tokens_per_s;
  if (status !== 3) say(stderr);
  return null;
}
