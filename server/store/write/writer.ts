import type postgres from "postgres";
import { replaceWriter, writerOf } from "@/db/client";
import { EtalonError, notFound } from "@/server/errors";

/** One batch on its way into the inbox. */
export interface PendingBatch {
  runId: string;
  writer: string;
  seq: number;
  points: number;
  rewindTo: number | null;
  data: Buffer;
}

interface Waiting {
  batch: PendingBatch;
  /** When it is given up for being kept waiting by whoever holds its run's row, on the monotonic clock. */
  until: number;
  resolve: (stored: boolean) => void;
  reject: (e: unknown) => void;
}

/**
 * Batches that arrive while one statement is under way go together in the next: one commit for many, in the order of
 * arrival.
 */
interface Writer {
  waiting: Waiting[];
  busy: boolean;
  bytes: number;
}

const MOST_IN_ONE_STATEMENT = 64;
const MOST_WAITING_BYTES = 64 * 1024 * 1024;
const RETRY_AFTER_SECONDS = 1;
/** After so long a run whose row was held is tried again. */
const HELD_MS = 20;

/**
 * A statement that takes longer is given up with its connection, so that a lost answer does not hold up all that wait.
 */
export const limits = { statementMs: 30_000 };

const shared = globalThis as unknown as { etalonMetricWriter?: Writer };

/**
 * Stores a batch durably; resolves to false when (run, writer, seq) was stored before.
 * Errors: `not_found` for a run that is gone, `too_many` when the database cannot keep up, `unavailable` when it does
 * not answer: whether the batch was stored is then not known, and the same batch must be sent again.
 */
export function writeBatch(sql: postgres.Sql, batch: PendingBatch): Promise<boolean> {
  shared.etalonMetricWriter ??= { waiting: [], busy: false, bytes: 0 };
  const writer = shared.etalonMetricWriter;
  if (writer.bytes + batch.data.length > MOST_WAITING_BYTES) {
    throw new EtalonError("too_many", "the database is behind; send the same batch again", [], RETRY_AFTER_SECONDS);
  }
  writer.bytes += batch.data.length;
  const stored = new Promise<boolean>((resolve, reject) => {
    writer.waiting.push({ batch, until: performance.now() + limits.statementMs, resolve, reject });
  });
  void drain(sql, writer);
  return stored.finally(() => {
    writer.bytes -= batch.data.length;
  });
}

async function drain(sql: postgres.Sql, writer: Writer): Promise<void> {
  if (writer.busy) return;
  writer.busy = true;
  while (writer.waiting.length > 0) {
    const [group, later] = takeGroup(writer.waiting);
    writer.waiting = later;
    const held = await store(sql, group);
    if (held.length > 0) setTimeout(() => tryAgain(sql, writer, held), HELD_MS);
  }
  writer.busy = false;
}

/** Batches of runs whose rows somebody else holds wait beside the others, not before them. */
function tryAgain(sql: postgres.Sql, writer: Writer, held: Waiting[]): void {
  for (const w of held) {
    if (performance.now() < w.until) writer.waiting.push(w);
    else
      w.reject(new EtalonError("unavailable", "the run is busy; send the same batch again", [], RETRY_AFTER_SECONDS));
  }
  void drain(sql, writer);
}

/** As many as fit into a statement; a number that is in it already waits, so that the statement meets each once. */
function takeGroup(waiting: Waiting[]): [Waiting[], Waiting[]] {
  const group = new Map<string, Waiting>();
  const later: Waiting[] = [];
  for (const w of waiting) {
    const key = `${w.batch.runId} ${w.batch.seq} ${w.batch.writer}`;
    if (group.size >= MOST_IN_ONE_STATEMENT || group.has(key)) later.push(w);
    else group.set(key, w);
  }
  return [[...group.values()], later];
}

/**
 * Stores a group; resolves to those whose runs are held by somebody else. When one batch makes the statement fail, the
 * others must not suffer: each is then tried by itself.
 */
async function store(sql: postgres.Sql, group: Waiting[]): Promise<Waiting[]> {
  try {
    const answers = await answered(
      sql,
      insertBatches(
        writerOf(sql),
        group.map((w) => w.batch),
      ),
    );
    group.forEach((w, i) => {
      const answer = answers[i]!;
      if (answer === "no run") w.reject(notFound("run", w.batch.runId));
      else if (answer !== "held") w.resolve(answer === "stored");
    });
    return group.filter((_, i) => answers[i] === "held");
  } catch (e) {
    if (group.length === 1 || isUnavailable(e)) {
      for (const w of group) w.reject(e);
      return [];
    }
    const held: Waiting[] = [];
    for (const one of group) held.push(...(await store(sql, [one])));
    return held;
  }
}

async function answered<T>(sql: postgres.Sql, statement: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      replaceWriter(sql);
      reject(new EtalonError("unavailable", "the database did not answer; send the same batch again"));
    }, limits.statementMs);
  });
  return Promise.race([statement, late]).finally(() => clearTimeout(timer));
}

function isUnavailable(e: unknown): boolean {
  return e instanceof EtalonError && e.code === "unavailable";
}

type Answer = "stored" | "duplicate" | "held" | "no run";

/**
 * One statement for ledger and inbox. The runs' rows are locked first, so that segments of a run are numbered in the
 * order in which they become visible; a row that somebody else holds is passed over, so that nobody waits for a
 * stranger. A retry is found in `ingest_batches` or, folded, in `ingest_ledgers`; folding leaves young rows alone, so
 * one snapshot always shows one of the two.
 */
async function insertBatches(sql: postgres.Sql, batches: PendingBatch[]): Promise<Answer[]> {
  const rows = await sql<{ i: number; answer: Answer }[]>`
    with input as (
      select * from unnest(
        ${batches.map((_, i) => i)}::int4[], ${batches.map((b) => b.runId)}::uuid[], ${batches.map((b) => b.writer)}::text[],
        ${batches.map((b) => b.seq)}::int8[], ${batches.map((b) => b.points)}::int4[],
        ${batches.map((b) => b.rewindTo)}::int8[], ${batches.map((b) => b.data.toString("base64"))}::text[]
      ) as t (i, run_id, writer, seq, points, rewind_to, data)
    ), locked as materialized (
      select id, state, started_at from runs where id in (select run_id from input) order by id for no key update skip locked
    ), ledger as (
      insert into ingest_batches (run_id, writer, seq)
      select i.run_id, i.writer, i.seq from input i join locked r on r.id = i.run_id
      where not exists (
          select from ingest_ledgers l where l.run_id = i.run_id and l.writer = i.writer and l.seqs @> i.seq)
        and not exists (
          select from ingest_batches b where b.run_id = i.run_id and b.writer = i.writer and b.seq = i.seq)
      order by i.run_id, i.i
      on conflict do nothing
      returning run_id, writer, seq
    ), stored as (
      insert into metric_segments (run_id, points, rewind_to, data)
      select run_id, i.points, i.rewind_to, decode(i.data, 'base64')
      from input i join ledger using (run_id, writer, seq)
      where i.points > 0 or i.rewind_to is not null
      order by i.i
    ), revived as (
      update runs set state = case when runs.state in ('queued', 'crashed') then 'running' else runs.state end,
        started_at = coalesce(runs.started_at, now()), finished_at = case when runs.state = 'crashed' then null else runs.finished_at end,
        error = case when runs.state = 'crashed' then null else runs.error end, sealed = false
      from locked r
      where runs.id = r.id and (r.state in ('queued', 'crashed') or r.started_at is null)
        and exists (select from ledger l where l.run_id = r.id)
    )
    select i.i, case when l.run_id is not null then 'stored' when r.id is not null then 'duplicate'
      when exists (select from runs there where there.id = i.run_id) then 'held' else 'no run' end as answer
    from input i left join locked r on r.id = i.run_id left join ledger l using (run_id, writer, seq)`;
  const answers = batches.map((): Answer => "no run");
  for (const { i, answer } of rows) answers[i] = answer;
  return answers;
}
