import type { HistoryFormat, Output } from "../history";
import { HEAD_BYTES, type SourceFile, splitPath } from "../source";
import { beginningOf, homeOf, isEventFile } from "./groups";
import { beginsRecord, eachRecord } from "./records";
import { EventTaker } from "./taker";

/** TensorBoard's event files, whoever wrote them. */
export const tensorboard: HistoryFormat = {
  name: "tensorboard",
  title: "TensorBoard event files",
  appends: true,
  restarts: "with a file",
  groupOf: (file, { head }, beside) => (isEventFile(file, head) ? homeOf(file, head, beside) : null),
  async read(files, out) {
    const begun = await Promise.all(
      files.map(async (file) => {
        const head = await file.read(0, Math.min(file.size, HEAD_BYTES));
        return { file, head, ...beginningOf(file, head) };
      }),
    );
    const home = files.map(({ path }) => splitPath(path).folder).reduce((p, q) => (p.length <= q.length ? p : q));
    const isHome = ({ file }: { file: SourceFile }) => splitPath(file.path).folder === home;
    const sessions = new Set(begun.filter((b) => b.part === "session" && !isHome(b)).map((b) => folderOf(b.file)));
    // Of one run all files in the order in which they were begun: a restart goes back in all its metrics.
    for (const { file, head, part } of begun.sort((p, q) => byTime(p.firstTime, q.firstTime))) {
      const own = splitPath(file.path).folder;
      // Several sessions in one folder are trials, each a run of its own.
      const isTrial = sessions.size > 1 && sessions.has(own);
      const run = out.run(isTrial ? own.slice(home.length).replace(/^\//, "") : "");
      run.name ??= (isTrial ? own : home).slice(-200) || null;
      run.nextFile();
      const sub = own !== home && part !== null && part !== "session" ? part.name : null;
      await readFile(file, head, { taker: new EventTaker(run, sub), out });
    }
  },
};

async function readFile(
  file: SourceFile,
  head: Uint8Array,
  { taker, out }: { taker: EventTaker; out: Output },
): Promise<void> {
  const problem = (message: string) => out.problem(file.path, null, message);
  if (file.size === 0) return problem("the file is empty");
  if (!beginsRecord(head))
    return problem(
      new TextDecoder("latin1").decode(head.subarray(0, 30)).startsWith("version https://git-lfs.")
        ? "this is a pointer of Git LFS and not the file itself: fetch it with git lfs pull"
        : "this is no TensorBoard event file: its first 12 bytes are no length with its checksum",
    );
  await eachRecord(file, {
    record: (bytes, from, to) => {
      try {
        taker.record(bytes, from, to);
      } catch (e) {
        problem(`a record is no event and is left out: ${(e as Error).message}`);
      }
    },
    problem,
    room: () => out.room(),
  });
  taker.end();
}

const folderOf = ({ path }: SourceFile) => splitPath(path).folder;

/** Files that do not say it come last, in the order of their names. */
function byTime(p: number, q: number): number {
  if (Number.isNaN(p) || Number.isNaN(q)) return Number(Number.isNaN(p)) - Number(Number.isNaN(q));
  return p - q;
}
