import type { Database } from "sql.js";
import type { HistoryFormat, Output, RunOutput } from "../history";
import { wholeOf } from "../source";
import { type About, deletedMessage, tellAbout } from "./tell";

const MOST_BYTES = 1 << 30;
/** Its version of the format, which asks for files beside it. */
const WRITE_AHEAD = 2;
const BEGINNING = "SQLite format 3\0";

/** MLflow's SQLite database: `mlflow.db`. */
export const mlflowDatabase: HistoryFormat = {
  name: "mlflow-db",
  title: "MLflow database (SQLite)",
  appends: true,
  restarts: "anywhere",
  // Of a database with many tables, the first pages need not name any of them: what it holds is seen when it is read.
  groupOf: (file, { head }) =>
    new TextDecoder("latin1").decode(head.subarray(0, BEGINNING.length)) === BEGINNING ? file.path : null,
  async read([file], out) {
    const { default: initSqlJs } = await import("sql.js/dist/sql-wasm-inline.js");
    const SQL = await initSqlJs();
    const bytes = new Uint8Array(await wholeOf(file!, MOST_BYTES));
    if (bytes[18] === WRITE_AHEAD) {
      out.problem(file!.path, null, "what its write-ahead log holds (a file beside it, -wal) is not read");
      bytes[18] = bytes[19] = 1;
    }
    const db = new SQL.Database(bytes);
    try {
      const runs = new Map<string, RunOutput>();
      for (const about of runsOf(db)) {
        if (about.isDeleted) out.problem(file!.path, null, deletedMessage(about.id));
        else {
          const run = out.run(about.id!);
          tellAbout(about, run);
          runs.set(about.id!, run);
        }
      }
      await points(db, runs, out);
    } finally {
      db.close();
    }
  },
};

function runsOf(db: Database): (About & { isDeleted: boolean })[] {
  const tables = new Set(rowsOf(db, "SELECT name FROM sqlite_master WHERE type = 'table'").map(({ name }) => name));
  if (!tables.has("runs") || !tables.has("metrics"))
    throw new Error('it is an SQLite database without the tables "runs" and "metrics" of MLflow');
  const names = tables.has("experiments")
    ? new Map(rowsOf(db, "SELECT experiment_id, name FROM experiments").map((r) => [r.experiment_id, r.name]))
    : new Map();
  const params = pairsOf(db, tables.has("params") ? "params" : null);
  const tags = pairsOf(db, tables.has("tags") ? "tags" : null);
  return rowsOf(db, "SELECT * FROM runs ORDER BY start_time").map((row) => {
    const id = String(row.run_uuid);
    const experiment = names.get(row.experiment_id) ?? row.experiment_id;
    return {
      id,
      name: typeof row.name === "string" ? row.name || null : null,
      status: row.status,
      startedAt: numberOf(row.start_time),
      endedAt: numberOf(row.end_time),
      experiment: experiment === null || experiment === undefined ? null : String(experiment),
      params: params.get(id) ?? new Map<string, string>(),
      tags: tags.get(id) ?? new Map<string, string>(),
      isDeleted: row.lifecycle_stage === "deleted",
    };
  });
}

/** Points of each run in the order of their times; what is not finite has a column of its own or the largest double. */
async function points(db: Database, runs: ReadonlyMap<string, RunOutput>, out: Output): Promise<void> {
  const columns = new Set(rowsOf(db, "SELECT name FROM pragma_table_info('metrics')").map(({ name }) => name));
  const step = columns.has("step") ? "step" : "0 AS step";
  const isNan = columns.has("is_nan") ? "is_nan" : "0 AS is_nan";
  const statement = db.prepare(
    `SELECT run_uuid, key, value, timestamp, ${step}, ${isNan} FROM main.metrics ORDER BY run_uuid, timestamp, step, rowid`,
  );
  try {
    for (let n = 0; statement.step(); n++) {
      const [id, key, value, time, at, nan] = statement.get() as [string, string, number, number, number, number];
      runs.get(id)?.point(key, at ?? 0, nan ? Number.NaN : unclamped(value), time ?? Number.NaN);
      if (n % 10_000 === 0) await out.room();
    }
  } finally {
    statement.free();
  }
}

/** MLflow keeps infinities as the largest doubles. */
function unclamped(value: number): number {
  if (value === Number.MAX_VALUE) return Number.POSITIVE_INFINITY;
  return value === -Number.MAX_VALUE ? Number.NEGATIVE_INFINITY : value;
}

function pairsOf(db: Database, table: "params" | "tags" | null): Map<string, Map<string, string>> {
  const of = new Map<string, Map<string, string>>();
  if (table === null) return of;
  for (const { run_uuid, key, value } of rowsOf(db, `SELECT run_uuid, key, value FROM ${table}`)) {
    const id = String(run_uuid);
    const own = of.get(id) ?? new Map<string, string>();
    own.set(String(key), String(value ?? ""));
    of.set(id, own);
  }
  return of;
}

function rowsOf(db: Database, sql: string): Record<string, unknown>[] {
  const statement = db.prepare(sql);
  const rows: Record<string, unknown>[] = [];
  while (statement.step()) rows.push(statement.getAsObject());
  statement.free();
  return rows;
}

const numberOf = (value: unknown) => (typeof value === "number" ? value : null);
