/** What a file is that no format reads yet, and what can be done with it instead; null for what may be of one. */
export function foreignFile(name: string, bytes: Uint8Array): string | null {
  const lower = name.toLowerCase().split(/[\\/]/).at(-1) ?? "";
  if (bytes.length === 0) return "the file is empty";
  const found = SIGNATURES.find((s) => s.is(lower, bytes)) ?? TEXTS.find((t) => t.is(lower, headOf(bytes)));
  if (!found) return null;
  if (found.isHistory) return `this is ${found.what}, ${HISTORY}`;
  return `this is ${found.what}; Etalon cannot read it yet${found.instead ? `: ${found.instead}` : ""}`;
}

const HISTORY =
  "which holds the course of runs, and a table has one row for each finished run: etalon import PATH... --project SLUG";
const HEAD_BYTES = 1 << 20;

interface Kind<Content> {
  what: string;
  instead?: string;
  /** Whether a format of histories reads it. */
  isHistory?: true;
  is: (name: string, content: Content) => boolean;
}

const startsWith = (bytes: Uint8Array, text: string, at = 0) =>
  [...text].every((c, i) => bytes[at + i] === c.charCodeAt(0));
const ends = (name: string, ...endings: string[]) => endings.some((e) => name.endsWith(e));

/** Known by their first bytes or their names. */
const SIGNATURES: Kind<Uint8Array>[] = [
  {
    what: "a TensorBoard event file",
    isHistory: true,
    // A record: its length, a checksum, then an event, the first of which names the version of the format.
    is: (name, b) => /tfevents/.test(name) || includes(b.subarray(0, 200), "brain.Event:"),
  },
  { what: "a W&B run file", isHistory: true, is: (name, b) => ends(name, ".wandb") || startsWith(b, ":W&B") },
  {
    what: "an Excel workbook",
    instead: "save the sheet as CSV",
    is: (name, b) => ends(name, ".xlsx", ".xls", ".ods") && (startsWith(b, "PK") || b[0] === 0xd0),
  },
  {
    what: "a checkpoint",
    instead: "import a table with the results of the runs",
    is: (name) => ends(name, ".pt", ".pth", ".ckpt", ".safetensors", ".bin", ".gguf", ".msgpack"),
  },
  {
    what: "a NumPy file",
    instead: "write its values as CSV or Parquet",
    is: (name, b) => ends(name, ".npz", ".npy") || startsWith(b, "NUMPY", 1),
  },
  {
    what: "a Python pickle",
    instead: "write its values as CSV or Parquet",
    is: (name) => ends(name, ".pkl", ".pickle"),
  },
  {
    what: "a zip archive",
    instead: "unpack it and choose the table inside",
    is: (_, b) => startsWith(b, "PK\x03\x04"),
  },
  { what: "a gzip archive", instead: "unpack it first", is: (_, b) => b[0] === 0x1f && b[1] === 0x8b },
  {
    what: "a compressed file",
    instead: "unpack it first",
    is: (_, b) => b[0] === 0x28 && b[1] === 0xb5 && b[2] === 0x2f && b[3] === 0xfd,
  },
  { what: "an SQLite database", instead: "export the table as CSV", is: (_, b) => startsWith(b, "SQLite format 3") },
  { what: "an HDF5 file", instead: "write its values as CSV or Parquet", is: (_, b) => startsWith(b, "HDF", 1) },
  {
    what: "an Arrow file",
    instead: "write it as Parquet",
    is: (_, b) => startsWith(b, "ARROW1") || startsWith(b, "FEA1"),
  },
  { what: "a PDF", is: (_, b) => startsWith(b, "%PDF") },
  {
    what: "a picture",
    is: (_, b) => startsWith(b, "PNG", 1) || (b[0] === 0xff && b[1] === 0xd8) || startsWith(b, "GIF8"),
  },
];

/** Known by what they say. */
const TEXTS: Kind<string>[] = [
  {
    what: "a pointer of Git LFS and not the file itself",
    instead: "fetch the file with git lfs pull",
    is: (_, text) => text.startsWith("version https://git-lfs.github.com/spec/"),
  },
  {
    what: "a trainer_state.json of the Hugging Face Trainer",
    isHistory: true,
    is: (name, text) => name === "trainer_state.json" || /^\s*\{[\s\S]*"log_history"\s*:/.test(text),
  },
  {
    what: "a W&B summary or metadata file of one run",
    instead: "export the runs table of the project as CSV",
    is: (name) => /^wandb-(summary|metadata)\.json$/.test(name),
  },
  {
    what: "the hparams.yaml of a Lightning run",
    instead: "it has the settings of one run and no result; import a table with one row for each run",
    is: (name) => /^hparams\.ya?ml$/.test(name),
  },
  {
    what: "the config.yaml of a W&B run",
    instead: "export the runs table of the project as CSV",
    is: (name, text) => ends(name, ".yaml", ".yml") && /^_?wandb(_version)?:/m.test(text),
  },
  {
    what: "the meta.yaml of an MLflow run",
    instead: "export the runs of the experiment as CSV (mlflow experiments csv)",
    is: (name, text) => ends(name, ".yaml", ".yml") && /^(artifact_uri|artifact_location):/m.test(text),
  },
  {
    what: "a YAML file",
    instead: "import a table with one row for each run",
    is: (name) => ends(name, ".yaml", ".yml"),
  },
  { what: "a TOML file", instead: "import a table with one row for each run", is: (name) => ends(name, ".toml") },
  {
    what: "a Jupyter notebook",
    instead: "write the table in it as CSV",
    is: (name, text) => ends(name, ".ipynb") || /^\s*\{[\s\S]*"nbformat"\s*:/.test(text),
  },
  {
    what: "a web page",
    instead: "perhaps the answer of a server that wanted a sign-in",
    is: (_, text) => /^\s*(<!doctype html|<html)/i.test(text),
  },
  { what: "a Python program", is: (name) => ends(name, ".py") },
];

function headOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, HEAD_BYTES));
}

function includes(bytes: Uint8Array, text: string): boolean {
  return new TextDecoder("latin1").decode(bytes).includes(text);
}
