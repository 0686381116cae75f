// `npm run bench:trainer:cuda [-- --json] [-- --rounds 3] [-- --only bf16-20m]`: training speed on the current CUDA
// device, alternating with PyTorch there. `.mfu` is the share of the datasheet's dense rate, by the operations of a
// token with attention.
import { parseArgs } from "node:util";
import { print, result as report, say } from "./report.mjs";
import { benchOf, LARGE, runOf, torchOf, withProgram, writeConfig } from "./trainer-program.mjs";

const { values: options } = parseArgs({
  options: { json: { type: "boolean" }, rounds: { type: "string", default: "3" }, only: { type: "string" } },
});
const wanted = (name) => !options.only || options.only.split(",").includes(name);
const MODELS = {
  ...Object.fromEntries(Object.entries(LARGE).map(([name, model]) => [name, { model, batchSeqs: 8 }])),
  "134m": {
    model: { width: 768, depth: 12, heads: 12, hidden: 2048, seqLen: 1024, vocab: 32768 },
    batchSeqs: 16,
  },
};
// Operations a second without sparsity, from NVIDIA's datasheets of the SXM parts.
const PEAKS = { "H100 80GB HBM3": { fp32: 67e12, bf16: 989e12 }, H200: { fp32: 67e12, bf16: 989e12 } };

await withProgram(async (folder) => {
  const results = [];
  let gpu;
  for (const precision of ["fp32", "bf16"]) {
    for (const [name, { model, batchSeqs }] of Object.entries(MODELS)) {
      if (!wanted(`${precision}-${name}`)) continue;
      say(`${precision} ${name}`);
      const config = await writeConfig(folder, `${precision}-${name}`, { ...runOf(model, batchSeqs), precision });
      const own = [];
      const compiled = [];
      const eager = [];
      for (let round = 0; round < Number(options.rounds); round++) {
        own.push(benchOf(config, { device: "cuda" }));
        compiled.push(torchOf(config, { device: "cuda", compile: true }));
        eager.push(torchOf(config, { device: "cuda" }));
      }
      gpu = own[0].device;
      results.push(...speeds(`trainer.cuda.${precision}.${name}`, precision, own, compiled, eager));
    }
  }
  print(results, { gpu });
});

function speeds(name, precision, own, compiled, eager) {
  const rates = own.map((o) => o.best_tokens_per_s);
  const baseline = compiled.every(Number) ? { name: "torch.compile", values: compiled } : undefined;
  const out = [report(`${name}.tokens_per_s`, rates, { unit: "tokens/s", better: "higher", baseline })];
  if (eager.every(Number)) {
    const ratios = rates.map((rate, i) => rate / eager[i]);
    out.push(report(`${name}.vs_eager`, ratios, { unit: "", better: "higher" }));
  }
  const peak = Object.entries(PEAKS).find(([device]) => own[0].device.includes(device))?.[1][precision];
  if (peak) {
    const shares = own.map((o) => (o.best_gflops * 1e9) / peak);
    out.push(report(`${name}.mfu`, shares, { unit: "", better: "higher" }));
  }
  return out;
}
