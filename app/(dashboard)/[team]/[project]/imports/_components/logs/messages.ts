import type { LogPattern } from "@/lib/import";
import type { Mapping } from "@/lib/mapping";
import type { Dimensions } from "@/lib/run";

/** A file that somebody chose, with its place in the folder that was chosen. */
export interface ChosenFile {
  path: string;
  file: File;
}

/** What the page asks of the worker. */
export type Ask =
  | { ask: "read"; files: ChosenFile[]; patterns: LogPattern[] }
  | { ask: "map"; mapping: Mapping | null }
  | { ask: "import"; team: string; project: string; title: string };

/** A run that was found, as the page shows it. */
export interface ShownRun {
  name: string;
  format: string;
  unverified: boolean;
  state: string;
  diverged: boolean;
  points: number;
  metrics: number;
  finalLoss: number | null;
  lossMetric: string | null;
  startedAt: number | null;
  endedAt: number | null;
  dimensions: Partial<Dimensions>;
}

export interface Found {
  runs: ShownRun[];
  /** Files that no format reads, and those of which lines were not understood. */
  files: { path: string; format: string | null; lines: number; strange: number }[];
  problems: { path: string; line: number | null; message: string }[];
  /** Names of all configs, and how they are read as dimensions without anything said. */
  names: string[];
  guess: Mapping;
}

export interface Stored {
  created: number;
  updated: number;
  unchanged: number;
  /** All of them, as they are stored now. */
  runIds: string[];
  problems: Found["problems"];
}

/** What the worker tells. */
export type Tell =
  | { tell: "progress"; path: string; group: number; of: number }
  | { tell: "found"; found: Found }
  | { tell: "mapped"; dimensions: Partial<Dimensions>[]; problems: string[] }
  | { tell: "stored"; stored: Stored }
  | { tell: "failed"; message: string };
