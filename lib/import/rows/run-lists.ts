import { type Column, type Field, isNoCourse, runTableFormat } from "./run-table";

const WANDB: Readonly<Record<string, Field>> = {
  ID: "id",
  Name: "name",
  State: "state",
  Notes: "notes",
  Tags: "tags",
  Created: "started",
  Runtime: "duration",
  _timestamp: "time",
  _step: "step",
};
const WANDB_ABOUT: Readonly<Record<string, string>> = {
  User: "user",
  Sweep: "sweep",
  Group: "group",
  "Job Type": "job_type",
  Hostname: "host",
};
const WANDB_STATE = /^(finished|running|crashed|failed|killed|pending|preempt(ed|ing))$/;

/** The list of runs of a W&B project as CSV: settings and last values side by side, told apart by their names. */
export const wandbRuns = runTableFormat({
  name: "wandb-runs",
  title: "CSV of W&B's list of runs",
  unverified: true,
  is: (sheet) => {
    const { names, rows } = sheet;
    const states = rows.map((row) => row.State).filter((state) => state !== "");
    if (!names.includes("Name") || !names.includes("State")) return false;
    if (!states.every((state) => WANDB_STATE.test(String(state)))) return false;
    return ["Created", "Runtime", "ID"].some((name) => names.includes(name)) || isNoCourse(sheet);
  },
  columnOf: (name): Column => {
    const field = own(WANDB, name);
    if (field) return { field, name };
    const about = own(WANDB_ABOUT, name);
    if (about) return { field: "about", name: about };
    return { field: name.startsWith("_wandb") ? "left" : "value", name };
  },
  about: "wandb",
  states: [
    [/^finished$/, "finished"],
    [/^failed$/, "failed"],
    [/^(crashed|killed|preempted)$/, "crashed"],
  ],
});

const MLFLOW: Readonly<Record<string, Field>> = {
  run_id: "id",
  "Run ID": "id",
  Name: "name",
  "tags.mlflow.runName": "name",
  status: "state",
  Status: "state",
  "tags.mlflow.note.content": "notes",
  start_time: "started",
  "Start Time": "started",
  end_time: "ended",
  artifact_uri: "left",
  // In words of one digit: 1.5min.
  Duration: "left",
  User: "left",
  "Source Type": "left",
  "tags.mlflow.user": "left",
  "tags.mlflow.source.type": "left",
  "tags.mlflow.log-model.history": "left",
  "tags.mlflow.loggedArtifacts": "left",
};
const MLFLOW_ABOUT: Readonly<Record<string, string>> = { experiment_id: "experiment", "Source Name": "source.name" };

/** The list of runs of MLflow as CSV: of its page, and of `search_runs` (`mlflow experiments csv`). */
export const mlflowRuns = runTableFormat({
  name: "mlflow-runs",
  title: "CSV of MLflow's list of runs",
  is: (sheet) => {
    const { names } = sheet;
    if (!names.includes("run_id") && !names.includes("Run ID")) return false;
    const isList = names.includes("Status") || names.includes("status");
    return isList ? isNoCourse(sheet) : names.some((name) => /^(params|metrics)\./.test(name));
  },
  columnOf: (name): Column => {
    const field = own(MLFLOW, name);
    if (field) return { field, name };
    const about = own(MLFLOW_ABOUT, name) ?? /^tags\.mlflow\.(.+)$/.exec(name)?.[1];
    if (about) return { field: "about", name: about };
    const [, kind, key] = /^(params|metrics|tags)\.(.+)$/s.exec(name) ?? [];
    if (kind === "tags") return { field: "tag", name: key! };
    if (key !== undefined) return { field: kind === "metrics" ? "metric" : "setting", name: key };
    return { field: "value", name };
  },
  about: "mlflow",
  states: [
    [/^FINISHED$/i, "finished"],
    [/^FAILED$/i, "failed"],
    [/^KILLED$/i, "crashed"],
  ],
  escape: /^'[=+\-@\r\t]/,
  textSettings: true,
});

function own<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
