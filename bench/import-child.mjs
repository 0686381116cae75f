// import-child.ts as the command line runs it: a process whose own loader is hooked is a sixth slower.
import { fileURLToPath } from "node:url";
import { tsImport } from "tsx/esm/api";

await tsImport("./import-child.ts", {
  parentURL: import.meta.url,
  tsconfig: fileURLToPath(new URL("../tsconfig.json", import.meta.url)),
});
