import { counted } from "../../format";
import type { Beside, HistoryFormat, Output } from "../history";
import { eachLine } from "../lines";
import { type SourceFile, splitPath } from "../source";
import { beginsFile, eachRecord } from "./records";
import { RecordTaker } from "./taker";

/** `run-20240101_120000-abc123`, before it was synced `offline-run-…`. */
const FOLDER = /^((?:.*\/)?(?:offline-)?run-\d{8}_\d{6}-([^/]+))\/(?:files|logs|tmp)\//;
/** Read by other means, or of no run: settings by their name. */
const LEFT = /\.ya?ml$/;

/** W&B's own files of a run. */
export const wandb: HistoryFormat = {
  name: "wandb",
  title: "W&B run file",
  appends: true,
  restarts: "with a file",
  groupOf: (file, { head }, beside) => {
    if (beginsFile(head) || file.path.endsWith(".wandb")) return keyOf(file.path);
    return companionOf(file.path, beside);
  },
  async read(files, out) {
    const run = out.run();
    const taker = new RecordTaker(run);
    const own = files.filter(({ path }) => path.endsWith(".wandb") || companionFolder(path) === null);
    for (const file of own) {
      run.nextFile();
      if (beginsFile(await file.read(0, 7))) await readFile(file, taker, out);
      else
        out.problem(
          file.path,
          null,
          file.size === 0 ? "the file is empty" : "this is no W&B run file: it does not begin with :W&B",
        );
    }
    const log = files.find(({ path }) => splitPath(path).name === "output.log");
    if (log && !taker.hasOutput) out.lines(log.path, await eachLine(log, { line: (text) => run.log(text) }));
    taker.end();
    run.name ??= run.sourceId;
    for (const { path } of files.filter(({ path }) => companionFolder(path) !== null && /tfevents/.test(path)))
      out.problem(path, null, "not read: the run's own .wandb file has what W&B took from it");
    const [last] = own.slice(-1);
    for (const [kind, count] of taker.others)
      out.problem(last!.path, null, `left out ${counted(count, "value")} of kind "${kind}": no numbers of a curve`);
  },
};

async function readFile(file: SourceFile, taker: RecordTaker, out: Output): Promise<void> {
  taker.hasExit = false;
  await eachRecord(file, {
    record: (bytes) => {
      try {
        taker.record(bytes);
      } catch (e) {
        out.problem(file.path, null, `a record cannot be read and is left out: ${(e as Error).message}`);
      }
    },
    problem: (message) => out.problem(file.path, null, message),
    room: () => out.room(),
  });
}

/** Files of one id in folders of one folder: a run that was resumed. */
function keyOf(path: string): string {
  const { folder, name } = splitPath(path);
  const id = /^run-(.+)\.wandb$/.exec(name)?.[1];
  return id === undefined ? path : `${splitPath(folder).folder}/${id}`;
}

/** Other files of a run's folder are no runs of their own where its own file is there. */
function companionOf(path: string, beside: Beside): string | null {
  const match = FOLDER.exec(path);
  if (!match || LEFT.test(path)) return null;
  const own = `${match[1]}/run-${match[2]}.wandb`;
  return beside.has(own) ? keyOf(own) : null;
}

const companionFolder = (path: string) => FOLDER.exec(path)?.[1] ?? null;
