import { z } from "zod";

import type { Mapping } from "../mapping";
import { type Dimension, type DimensionValue, eachDimension } from "../run";
import { dimensionSchema } from "../run/schemas";

/** What is wrong with one place of a file: its line (a header is line 1), the field, its value, the reason. */
export type ImportProblem = { line: number; field: string; value: string; message: string };

const required = ["peakLr", "batchSeqs", "tokens"] as const;
type Required = (typeof required)[number];

type Fields = { [D in Required]: z.ZodType<DimensionValue<D>> } & {
  [D in Exclude<Dimension, Required>]: z.ZodDefault<z.ZodNullable<z.ZodType<DimensionValue<D>>>>;
};

/** A run that somebody else's program made: what it was asked to do, what came out, and where the file says so. */
export const importedRunSchema = z.strictObject({
  /** Where in the file the run begins. */
  line: z.number().int().positive(),
  /** Tells the run apart from every other of the file; the same again is the same run. */
  identity: z.string().min(1).max(2_000),
  /** What the file calls the run. */
  name: z.string().max(200).nullable().default(null),
  diverged: z.boolean(),
  /** All that the file says of the run, as it says it. */
  config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  ...(eachDimension((name) => {
    const isRequired = (required as readonly Dimension[]).includes(name);
    const schema = dimensionSchema(name);
    return isRequired ? schema : schema.nullable().default(null);
  }) as unknown as Fields),
});

export type ImportedRun = z.infer<typeof importedRunSchema>;

/** What every format makes of a file. */
export interface Imported {
  runs: ImportedRun[];
  /** Each costs the run that it stands in and no other. */
  problems: ImportProblem[];
  /** What was changed on reading. */
  notes: ImportProblem[];
  /** Lines of runs that have not ended, and of those that ended without a result: left out, and nothing is wrong. */
  unfinished: number[];
  noResult: number[];
  /** How the names of the file were read as dimensions. */
  mapping: Mapping;
}

export interface ImportFile {
  name: string;
  bytes: Uint8Array;
}

/** Which sign parts whole from fraction; the other one, spaces and apostrophes then only group digits. */
export type DecimalSign = "point" | "comma";

/** What somebody may say of a file. */
export interface ImportOptions {
  /** Guessed where it is left out. */
  mapping?: Mapping;
  /** Said of all runs of the file, over the mapping. */
  constants?: Mapping;
  decimal?: DecimalSign;
}

/** A format of files: docs/architecture.md says how one is added. */
export interface ImportFormat {
  /** As the command line calls it. */
  name: string;
  /** Whether a file is of this format, by what it begins with rather than by its name. */
  detect(file: ImportFile): boolean;
  /** Throws an Error that says why where nothing can be read. */
  read(file: ImportFile, options?: ImportOptions): Promise<Imported>;
}
