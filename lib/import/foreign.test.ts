import { expect, it } from "vitest";
import { foreignFile } from "./foreign";

const text = (value: string) => new TextEncoder().encode(value);

it.each<[string, string | Uint8Array, RegExp]>([
  [
    "events.out.tfevents.1700000000.host.1.0",
    "anything",
    /TensorBoard event file, which holds the course of runs.*etalon import PATH/,
  ],
  ["log", "\x18\0\0\0\0\0\0\0abcd\x09\0\0\0\0\0\0\0\0\x1a\x0dbrain.Event:2", /TensorBoard event file/],
  ["trainer_state.json", "{}", /trainer_state.json of the Hugging Face Trainer/],
  ["state.json", '{"epoch": 1.0, "log_history": [{"loss": 1}]}', /Hugging Face Trainer/],
  ["hparams.yaml", "lr: 0.001\n", /hparams.yaml of a Lightning run/],
  ["run-abc123.wandb", ":W&B\0\0\0", /W&B run file/],
  ["config.yaml", "wandb_version: 1\n\nlr:\n  value: 0.1\n", /config.yaml of a W&B run/],
  ["meta.yaml", "artifact_uri: mlflow-artifacts:/0/1\nend_time: 1\n", /meta.yaml of an MLflow run/],
  ["settings.yml", "lr: 0.1\n", /a YAML file/],
  ["runs.xlsx", "PK\x03\x04", /Excel workbook.*save the sheet as CSV/],
  ["runs.csv", "PK\x03\x04", /zip archive/],
  ["runs.csv.gz", Uint8Array.of(0x1f, 0x8b, 8), /gzip archive/],
  ["model.safetensors", "x", /checkpoint/],
  ["runs.db", "SQLite format 3\0", /SQLite/],
  ["export.csv", "<!DOCTYPE html><html></html>", /web page/],
  ["analysis.ipynb", '{"cells": [], "nbformat": 4}', /notebook/],
  ["metrics.jsonl", "version https://git-lfs.github.com/spec/v1\noid sha256:64\nsize 25\n", /Git LFS.*git lfs pull/],
  ["runs.csv", "", /empty/],
])("%s is named for what it is", (name, content, words) => {
  expect(foreignFile(name, typeof content === "string" ? text(content) : content)).toMatch(words);
});

it.each([
  ["runs.csv", "lr,tokens,loss\n0.1,1e6,2.5\n"],
  ["runs.jsonl", '{"lr": 0.1, "log": 1}\n'],
  ["runs.parquet", "PAR1"],
  ["runs", "lr\ttokens\tloss\n"],
])("%s may be a table", (name, content) => expect(foreignFile(name, text(content))).toBeNull());
