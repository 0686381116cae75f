import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeReal, paramCounts, type RunConfig, type TrainerEventOf, trainerConfig } from "../../lib/protocol";
import { jobsOf, type SweepJob } from "../../lib/sweep";
import { DataStore } from "../../workers/agent/data";
import { Trainer } from "../../workers/agent/trainer";
import type { Experiment, TrainedRun } from "./held-out";

type Means = { program: string; folder: string; slots: number };

/** Trains every run as a worker does, `slots` trainers at a time, the longest first. */
export async function trainExperiment(of: Experiment<RunConfig>, means: Means): Promise<Experiment<TrainedRun>> {
  const jobs = jobsOf([...of.sweep, ...of.heldOut]).sort((p, q) => workOf(q) - workOf(p));
  const waiting = [...jobs];
  const trained = new Map<string, TrainedRun>();
  const data = new DataStore(means.program, join(means.folder, "data"));
  const slot = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      for (const run of await trainJob(job, { ...means, data, name: `job-${jobs.indexOf(job)}` }))
        trained.set(JSON.stringify(run.config), run);
    }
  };
  await Promise.all(Array.from({ length: means.slots }, slot));
  const results = (configs: RunConfig[]) => configs.map((config) => trained.get(JSON.stringify(config))!);
  return { sweep: results(of.sweep), heldOut: results(of.heldOut) };
}

function workOf({ runs, costTokens }: SweepJob): number {
  return costTokens * paramCounts(runs[0]!.model).total;
}

/** One trunk with its branches. */
async function trainJob(
  { runs }: SweepJob,
  { program, folder, data, name }: Means & { data: DataStore; name: string },
): Promise<TrainedRun[]> {
  const prepared = await data.prepare(runs[0]!.data.source);
  const files = { train: join(prepared.folder, "train.bin"), val: join(prepared.folder, "val.bin") };
  const path = join(folder, `${name}.json`);
  await writeFile(path, JSON.stringify(trainerConfig(runs, files)));
  const ends = new Map<number, TrainerEventOf<"end">>();
  const trainer = new Trainer(program, ["--config", path], {
    event: (e) => e.event === "end" && ends.set(e.branch, e),
    stderr: () => {},
  });
  const { code, signal, stderr } = await trainer.exited;
  if (code !== 0) throw new Error(`the trainer ended with ${signal ?? code}: ${stderr}`);
  return runs.map((config) => {
    const end = ends.get(config.tokens);
    if (!end) throw new Error(`the trainer said nothing of ${config.tokens} tokens`);
    return {
      config,
      finalLoss: encodeReal(end.val_loss),
      trainTailLoss: encodeReal(end.train_tail_loss),
      diverged: end.reason === "diverged",
    };
  });
}
