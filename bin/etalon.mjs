#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { tsImport } from "tsx/esm/api";

// Whoever reads our output may go first: a write that fails is then no reason to fail, nor to report it by another write.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

// TypeScript is understood below cli/ only; Next is loaded by plain Node.
const { main } = await tsImport("../cli/main.ts", {
  parentURL: import.meta.url,
  tsconfig: fileURLToPath(new URL("../tsconfig.json", import.meta.url)),
});
process.exitCode = await main(process.argv.slice(2), { loadNext: async () => (await import("next")).default });
