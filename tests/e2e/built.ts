import { join } from "node:path";
import { remove, start, temporaryFolder } from "./etalon";

/** Pages and trainer are built once, before any test file: the files run side by side, and none waits for a build. */
export default async function setup(): Promise<void> {
  const folder = await temporaryFolder();
  try {
    const etalon = await start({ dataDir: join(folder, "data"), flags: ["--no-quickstart"] });
    await etalon.stop();
  } finally {
    await remove(folder);
  }
}
