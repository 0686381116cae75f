// Imports what lies below a path in a process of its own: `import-child.mjs PATH` parses it, `import-child.mjs PATH URL KEY`
// sends it to a server too. Prints {points, runs, problems, seconds, mib}: without the start, and the most memory it had.
import { createHash } from "node:crypto";
import { apiOf } from "@/cli/api";
import { withFiles } from "@/cli/import-sources";
import { type HistoryReport, histories, historiesWith, readHistories, sendHistories } from "@/lib/import";

const [path = "", url, key = ""] = process.argv.slice(2);
const none = async () => {};

function sha256() {
  const hash = createHash("sha256");
  return { update: (bytes: Uint8Array) => void hash.update(bytes), soFar: () => hash.copy().digest("hex") };
}

const options = {
  project: "bench",
  title: path,
  formats: historiesWith,
  mapping: null,
  hasher: sha256,
  now: Date.now(),
};
const begun = performance.now();
const { runs, problems }: HistoryReport = await withFiles([path], async ({ files }) =>
  url === undefined
    ? readHistories(files, histories, { batch: none, ended: none })
    : (await sendHistories(files, apiOf({ url, key }), options)).report,
);
const seconds = (performance.now() - begun) / 1_000;
const points = runs.reduce((n, { read }) => n + read.points, 0);
const mib = process.resourceUsage().maxRSS / 1_024;
console.log(JSON.stringify({ points, runs: runs.length, problems: problems.length, seconds, mib }));
