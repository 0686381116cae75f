import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";

const outside = await mkdtemp(join(tmpdir(), "etalon library "));
afterAll(() => rm(outside, { recursive: true }));

const PROGRAM = `
import { fitOptima, namedLaw, predictLr } from "etalon";
import { lrForms } from "etalon/fit";
import { timescaleOf } from "etalon/weight-decay";
const optima = [1, 2, 4].flatMap((b) => [1e6, 4e6].map((tokens) => ({ lr: 0.1 * b ** 0.5 / tokens ** 0.25, batchSeqs: 8 * b, tokens })));
const fit = fitOptima(optima);
console.log(JSON.stringify({
  law: namedLaw(fit),
  lr: predictLr(fit, { batchSeqs: 64, tokens: 1e8, params: null, seqLen: null }).lr,
  equation: lrForms[fit.form].equation,
  tau: timescaleOf({ peakLr: 0.01, batchSeqs: 8, seqLen: 128, tokens: 1024e3, weightDecay: 0.1, weightDecayConvention: null }),
}));
`;

it("a program elsewhere imports the science by the package's name and sub-paths", async () => {
  await mkdir(join(outside, "node_modules"));
  await symlink(resolve("."), join(outside, "node_modules", "etalon"));
  await writeFile(join(outside, "package.json"), '{"type":"module"}');
  await writeFile(join(outside, "program.ts"), PROGRAM);
  const loader = pathToFileURL(resolve("node_modules/tsx/dist/loader.mjs")).href;
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", loader, "program.ts"], { cwd: outside });
  const said = JSON.parse(stdout);
  expect(said.law.exponents.batch).toBeCloseTo(0.5, 10);
  expect(said.law.exponents.tokens).toBeCloseTo(-0.25, 10);
  expect(said.lr).toBeCloseTo((0.1 * 8 ** 0.5) / 1e8 ** 0.25, 10);
  expect(said.equation).toBe("eta = A * batch^c * T^b");
  expect(said.tau).toBeCloseTo(1, 10);
});
