import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { createTRPCClient, httpLink } from "@trpc/client";
import {
  dimensionsOfRun,
  type FoundRun,
  type Hasher,
  type HistoryReport,
  historiesWith,
  type ImportServer,
  readHistories,
  resultOfRun,
  type SourceFile,
  type Space,
  sendHistories,
  unpack,
} from "@/lib/import";
import { transformer } from "@/lib/json/transformer";
import { configNames, guessMapping, type Mapping } from "@/lib/mapping";
import { encodeReal } from "@/lib/protocol";
import type { AppRouter } from "@/server/api/root";
import type { Ask, ChosenFile, Found, ShownRun, Tell } from "./messages";

let files: SourceFile[] = [];
let runs: FoundRun[] = [];
let mapping: Mapping | null = null;

const tell = (told: Tell) => self.postMessage(told);
const progress = (path: string, group: number, of: number) => tell({ tell: "progress", path, group, of });

self.onmessage = ({ data }: MessageEvent<Ask>) => {
  answer(data).catch((e: Error) => tell({ tell: "failed", message: e.message }));
};

async function answer(asked: Ask): Promise<void> {
  if (asked.ask === "read") {
    const none = async () => {};
    const unpacked = await unpack(asked.files.map(sourceOf), { space: blobSpace() });
    files = unpacked.files;
    const report = await readHistories(files, historiesWith(asked.patterns), { batch: none, ended: none, progress });
    runs = report.runs;
    tell({ tell: "found", found: foundIn({ ...report, problems: [...unpacked.problems, ...report.problems] }) });
  } else if (asked.ask === "map") {
    mapping = asked.mapping;
    const read = runs.map((run) => dimensionsOfRun(run.read, mapping));
    const dimensions = read.map(({ derived, reported }) => ({ ...derived, ...reported }));
    tell({ tell: "mapped", dimensions, problems: [...new Set(read.flatMap((r) => r.problems))] });
  } else {
    const { team, project, title } = asked;
    const options = { project, title, formats: historiesWith, mapping, hasher, now: Date.now(), progress };
    const { report, ids, created, updated, unchanged } = await sendHistories(files, serverOf(team), options);
    const runIds = [...ids.values()];
    tell({ tell: "stored", stored: { created, updated, unchanged, runIds, problems: report.problems } });
  }
}

function sourceOf({ path, file }: ChosenFile): SourceFile {
  return {
    path,
    size: file.size,
    modified: file.lastModified,
    read: async (from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer()),
  };
}

/** What archives hold, in pieces that the browser may put on its disk. */
function blobSpace(): Space {
  let held = new Blob();
  return {
    get size() {
      return held.size;
    },
    append: async (bytes) => {
      held = new Blob([held, new Uint8Array(bytes)]);
    },
    read: async (from, to) => new Uint8Array(await held.slice(from, to).arrayBuffer()),
  };
}

function hasher(): Hasher {
  const hash = sha256.create();
  return { update: (bytes) => void hash.update(bytes), soFar: () => bytesToHex(hash.clone().digest()) };
}

function foundIn({ runs, files, problems }: HistoryReport): Found {
  const names = [...new Set(runs.flatMap(({ read }) => configNames(read.settings)))];
  return {
    runs: runs.map(shown),
    files: files.filter((f) => f.format === null || f.strange > 0),
    problems,
    names,
    guess: guessMapping(names),
  };
}

function shown(run: FoundRun): ShownRun {
  const { read, format } = run;
  const { state, diverged, finalLoss, lossMetric } = resultOfRun(run, Date.now());
  const { derived, reported } = dimensionsOfRun(read, null);
  return {
    name: read.name ?? "",
    format: format.title,
    unverified: format.unverified ?? false,
    state,
    diverged,
    points: read.points,
    metrics: read.names.length,
    finalLoss,
    lossMetric,
    startedAt: read.startedAt,
    endedAt: read.endedAt,
    dimensions: { ...derived, ...reported },
  };
}

/** The server of this page, by its session. */
function serverOf(team: string): ImportServer {
  const api = createTRPCClient<AppRouter>({
    links: [httpLink({ url: "/api/trpc", transformer, methodOverride: "POST" })],
  });
  return {
    sources: (project) =>
      api.import.sources.query({ team, project }).catch((e) => (e.data?.code === "NOT_FOUND" ? [] : Promise.reject(e))),
    patterns: (project) =>
      api.import.patterns
        .query({ team, project })
        .catch((e) => (e.data?.code === "NOT_FOUND" ? [] : Promise.reject(e))),
    begin: (entry) => api.import.begin.mutate({ team, entry }),
    run: (importId, run) => api.import.history.mutate({ team, importId, run }),
    points: async (runId, { axes, series, writer, seq, rewindTo }) => {
      const batch = {
        writer,
        seq,
        ...(rewindTo !== null && { rewindTo }),
        series: series.map(({ metric, axis, values }) => {
          const { steps, tokens, times } = axes[axis]!;
          return {
            metric,
            steps: [...steps],
            ...(tokens && { tokens: [...tokens] }),
            ...(times && { times: [...times] }),
            values: Array.from(values, encodeReal),
          };
        }),
      };
      await api.import.points.mutate({ team, runId, batch });
    },
    log: async (runId, lines) => void (await api.import.log.mutate({ team, runId, log: { lines } })),
  };
}
