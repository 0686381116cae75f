import type { HistoryFormat, Output, RunOutput } from "../history";
import { splitPath } from "../source";
import { isObject, numberOf, type State, stateOf } from "./state";

const STATE = "trainer_state.json";
const TWIN = "trainer_log.jsonl";
const CHECKPOINT = /^checkpoint-\d+$/;
/** Of a row they say where it stands. */
const COUNTERS = new Set(["step", "num_input_tokens_seen"]);
const SETTINGS = ["max_steps", "train_batch_size", "num_train_epochs", "logging_steps", "eval_steps", "save_steps"];
const RESULTS = ["best_metric", "best_global_step", "best_model_checkpoint", "total_flos", "num_input_tokens_seen"];

/** The `trainer_state.json` of the Hugging Face Trainer and of what is built on it. */
export const hfTrainerState: HistoryFormat = {
  name: "hf-trainer-state",
  title: "trainer_state.json of the Hugging Face Trainer",
  appends: true,
  restarts: "anywhere",
  groupOf: ({ path }, { head }, beside) => {
    const { folder, name } = splitPath(path);
    // LLaMA-Factory writes the same rows a second time.
    if (name === TWIN && beside.names(folder).includes(STATE)) return `${homeOf(folder)}/`;
    // Checkpoints of one run lie side by side; a file of another name may be another run's.
    if (/^trainer_state\.json$/i.test(name)) return `${homeOf(folder)}/`;
    const text = new TextDecoder().decode(head);
    const isState =
      /^\s*\{/.test(text) && /"log_history"\s*:\s*\[/.test(text) && /"(global_step|epoch)"\s*:/.test(text);
    return isState ? path : null;
  },
  async read(files, out) {
    const states: State[] = [];
    for (const file of files) {
      if (splitPath(file.path).name === TWIN) {
        out.problem(file.path, null, `not read: ${STATE} beside it is of the same run`);
        continue;
      }
      try {
        states.push(await stateOf(file));
      } catch (e) {
        out.problem(file.path, null, (e as Error).message);
      }
    }
    const newest = states.sort((p, q) => p.globalStep - q.globalStep || p.rows.length - q.rows.length).at(-1);
    if (!newest) return;
    const run = out.run();
    const { folder, name } = splitPath(newest.file.path);
    if (/^trainer_state\.json$/i.test(name)) run.name = homeOf(folder).slice(-200) || null;
    tell(newest, run, out);
  },
};

function tell({ rest, rows, file, globalStep, problem }: State, run: RunOutput, out: Output): void {
  if (problem) out.problem(file.path, null, problem);
  const steps = numberOf(rest.max_steps);
  run.totalSteps = steps !== null && steps > 0 ? steps : null;
  run.config(said(rest, SETTINGS));
  if (isObject(rest.trial_params)) run.config(rest.trial_params);
  run.summary({ ...said(rest, RESULTS), global_step: globalStep });
  rows.forEach((row, i) => {
    const step = numberOf(row.step);
    if (step === null) out.problem(file.path, null, `row ${i + 1} of log_history has no step; it is left out`);
    else tellRow(row, step, run);
  });
}

function tellRow(row: Record<string, unknown>, step: number, run: RunOutput): void {
  const tokens = numberOf(row.num_input_tokens_seen) || Number.NaN;
  // The last row tells of the training as a whole: its loss is a mean over all steps, and no point.
  const isWhole = "train_runtime" in row;
  for (const [name, value] of Object.entries(row)) {
    const number = COUNTERS.has(name) ? null : numberOf(value);
    if (number === null) continue;
    if (!isWhole) run.point(name, step, number, Number.NaN, tokens);
    else if (name !== "epoch") run.summary({ [name]: number });
  }
}

function homeOf(folder: string): string {
  const last = splitPath(folder);
  return CHECKPOINT.test(last.name) ? last.folder : folder;
}

function said(values: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((n) => [n, values[n]]).filter(([, v]) => v !== undefined && v !== null));
}
