import { mlflowDatabase } from "./database";
import { mlflowJson } from "./run-json";
import { mlflowStore } from "./store";

/** What MLflow leaves: its file store, its database, runs as JSON. */
export const mlflow = [mlflowStore, mlflowDatabase, mlflowJson];
