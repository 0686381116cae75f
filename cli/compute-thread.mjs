// The thread on which fits are computed: plain Node cannot load TypeScript into it by a flag.
import { tsImport } from "tsx/esm/api";

await tsImport("../server/services/compute/worker.ts", import.meta.url);
