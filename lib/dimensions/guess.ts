import type { Dimension, Mapping } from "./definitions";

/** Names that programs and papers give to a dimension, most telling first. */
const KNOWN: [Dimension, RegExp][] = [
  [
    "lr",
    /^(peak[_ ]?)?(lr|learning[_ ]?rate|eta)$|^(max|peak|base)[_ ]?(lr|learning[_ ]?rate)$|(^|[./])(lr|learning_rate)$/i,
  ],
  ["batchTokens", /^(batch[_ ]?(size)?[_ ]?(in[_ ]?)?tokens|tokens[_ ]?per[_ ]?(step|batch))$/i],
  [
    "batchSeqs",
    /^(bs|bsz|b|batch|batch[_ ]?seqs?|batch[_ ]?size|global[_ ]?batch[_ ]?size|train[_ ]?batch[_ ]?size)$/i,
  ],
  ["seqLen", /^(seq[_ ]?len(gth)?|sequence[_ ]?length|context([_ ]?length)?|block[_ ]?size|max[_ ]?length)$/i],
  ["tokens", /^(d|t|tokens|num[_ ]?tokens|train(ing)?[_ ]?tokens|total[_ ]?tokens)$/i],
  ["params", /^(n|params?|non[_ ]?emb(edding)?[_ ]?params|model[_ ]?size|parameters)$/i],
  ["paramsTotal", /^(params?[_ ]?total|total[_ ]?params?|n[_ ]?total)$/i],
  ["paramsActive", /^(params?[_ ]?active|active[_ ]?params?|n[_ ]?a(ctive)?|na)$/i],
  ["width", /^(width|d[_ ]?model|hidden[_ ]?size|n[_ ]?embd|embed(ding)?[_ ]?dim)$/i],
  ["depth", /^(depth|layers|n[_ ]?layers?|num[_ ]?(hidden[_ ]?)?layers)$/i],
  ["architecture", /^(arch|architecture|model[_ ]?type)$/i],
  ["parametrization", /^(parametri[sz]ation|mup)$/i],
  ["schedule", /^(schedule|lr[_ ]?scheduler?([_ ]?type)?)$/i],
  ["data", /^(data|data[_ ]?set|corpus)$/i],
  ["seed", /^(seed|random[_ ]?seed)$/i],
  [
    "loss",
    /^((smooth|final|val(idation)?|eval|test|heldout|held-out)[_ /]?loss|(eval|val|validation|test)\/loss|final[_ ]?loss|loss)$/i,
  ],
];

/** A first mapping from names alone: nothing is guessed twice, and what is not recognised is left out. */
export function guessMapping(names: readonly string[]): Mapping {
  const mapping: Mapping = {};
  const taken = new Set<string>();
  for (const [dimension, pattern] of KNOWN) {
    const found = names.filter((n) => !taken.has(n) && pattern.test(n.trim()));
    // "smooth loss" says more than "loss": the longer name is the more deliberate one.
    const best = dimension === "loss" ? found.sort((p, q) => q.length - p.length)[0] : found[0];
    if (best === undefined) continue;
    taken.add(best);
    mapping[dimension] = best;
  }
  const micro = names.find((n) => /(^|[./])per_device_train_batch_size$/.test(n));
  if (mapping.batchSeqs === undefined && micro !== undefined) {
    const factors = [micro, "gradient_accumulation_steps", "world_size"].filter((n, i) => i === 0 || names.includes(n));
    mapping.batchSeqs = factors.join(" * ");
  }
  return mapping;
}
