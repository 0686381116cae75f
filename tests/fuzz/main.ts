// `npm run fuzz -- [--minutes N] [--format NAME] [--seed N]`: readers of files against damaged ones. With a seed that one alone.
import { parseArgs } from "node:util";
import { readers } from "./cases";
import { fuzz } from "./fuzz";

const OPTIONS = { minutes: { type: "string" }, format: { type: "string" }, seed: { type: "string" } } as const;

const { values } = parseArgs({ options: OPTIONS });
const { minutes = "5", format, seed } = values;
const chosen = format === undefined ? readers : readers.filter((name) => name === format);
if (chosen.length === 0) throw new Error(`--format: "${format}" is none of ${readers.join(", ")}`);
const first = seed === undefined ? Date.now() % 1e9 : Number(seed);
for (const reader of chosen) {
  const seconds = (60 * Number(minutes)) / chosen.length;
  const { tried, mib, faults } = await fuzz(reader, seconds, first, seed !== undefined);
  console.log(`${reader}: ${tried} inputs from seed ${first} on, ${mib} MiB, ${faults.length} faults`);
  for (const fault of faults.slice(0, 20)) console.log(`  ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}
