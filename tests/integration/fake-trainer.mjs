#!/usr/bin/env node
// Stands for the trainer: says what one says in the order in which one says it, and does what plan.json beside it asks.
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const here = dirname(process.argv[1]);
const [command, ...args] = process.argv.slice(2);
const plan = existsSync(join(here, "plan.json")) ? JSON.parse(readFileSync(join(here, "plan.json"), "utf8")) : {};
const after = (name) => args[args.indexOf(name) + 1];
const emit = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const waitFor = async (name) => {
  while (!existsSync(join(here, name))) await sleep(20);
};
appendFileSync(join(here, "calls"), `${command} ${args.join(" ")}\n`);
appendFileSync(join(here, "environment"), `${JSON.stringify(process.env)}\n`);

if (command === "check") emit({ device: "cpu", isa: "fake", version: "fake" });
else if (command === "bench") emit({ tokens_per_s: 200_000 });
else if (command === "data") await prepare();
else await train();

async function prepare() {
  const source = args.at(-1);
  if (plan.holdPrepare && !source.includes("datasets-sotu")) await waitFor("go-prepare");
  const out = after("--out");
  mkdirSync(out, { recursive: true });
  const text = readdirSync(source)
    .filter((n) => n.endsWith(".txt"))
    .sort()
    .map((n) => readFileSync(join(source, n)));
  writeFileSync(join(out, "train.bin"), Buffer.concat(text));
  writeFileSync(join(out, "val.bin"), "val");
}

async function train() {
  const config = JSON.parse(readFileSync(after("--config"), "utf8"));
  const resumed = args.includes("--resume");
  const stop = (code) => process.exit(code);
  process.on("SIGTERM", () => stop(143));
  for (const line of plan.stderr ?? []) process.stderr.write(`${line}\n`);
  if (resumed && plan.onResume === "refuse") stop(plan.resumeCode);
  if (resumed && plan.onResume === "crash") process.abort();
  emit({
    ...{ event: "start", config, params: { total: 1, non_embedding: 1, active: 1 }, isa: "fake", device: "cpu" },
    ...{ flops_per_token: { with_attention: 1, without_attention: 1 }, threads: 1, precision: "fp32", seed: 1 },
    ...{ version: "fake", resumed_from: null },
  });
  if (plan.failCode) stop(plan.failCode);
  const step = (n, branch) => {
    const tokens = n * 512;
    emit({ event: "step", branch, step: n, tokens, loss: 3, lr: 0.1, grad_norm: 1, tokens_per_s: 1 });
  };
  step(1, null);
  for (const { step: at, written } of plan.checkpoints ?? []) {
    const path = after("--checkpoint");
    const header = Buffer.from(
      JSON.stringify({ branch: null, trunk: { step: written }, branch_progress: { step: 0 }, config }),
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(path, Buffer.concat([Buffer.from("ETALONCKPT2\n"), length, header]));
    emit({ event: "checkpoint", path, step: at, tokens: at * 512, branch: null });
    await sleep(plan.checkpointPauseMs ?? 0);
  }
  if (plan.holdTrain) await waitFor("go-train");
  for (const tokens of config.tokens) {
    step(tokens / 512, tokens);
    const losses = { val_loss: 2, train_tail_loss: 2, wall_s: 1 };
    emit({ event: "end", branch: tokens, step: tokens / 512, tokens, reason: "finished", ...losses });
  }
}
