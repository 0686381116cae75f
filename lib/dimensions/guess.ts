import type { Dimension, Mapping } from "./definitions";

/** Names that programs and papers give to a dimension, most telling first. */
const KNOWN: [Dimension, RegExp][] = [
  ["lr", /^(peak[_ ]?)?(lr|learning[_ ]?rate|eta)$|^(max|peak|base)[_ ]?(lr|learning[_ ]?rate)$/i],
  ["batchTokens", /^(batch[_ ]?(size)?[_ ]?(in[_ ]?)?tokens|tokens[_ ]?per[_ ]?(step|batch))$/i],
  [
    "batchSeqs",
    /^(bs|bsz|b|batch|batch[_ ]?seqs?|batch[_ ]?size|global[_ ]?batch[_ ]?size|train[_ ]?batch[_ ]?size)$/i,
  ],
  ["seqLen", /^(seq[_ ]?len(gth)?|sequence[_ ]?length|context([_ ]?length)?|block[_ ]?size|max[_ ]?length)$/i],
  ["tokens", /^(d|t|tokens|max[_ ]?tokens|num[_ ]?tokens|train(ing)?[_ ]?tokens|total[_ ]?tokens)$/i],
  [
    "params",
    /^(n|params?|non[_ ]?emb(edding)?[_ ]?params|params?[_ ]?non[_ ]?emb(edding)?|model[_ ]?size|parameters)$/i,
  ],
  ["paramsTotal", /^(params?[_ ]?total|total[_ ]?params?|n[_ ]?total)$/i],
  ["paramsActive", /^(params?[_ ]?active|active[_ ]?params?|n[_ ]?a(ctive)?|na)$/i],
  ["width", /^(width|d[_ ]?model|hidden[_ ]?size|n[_ ]?embd|embed(ding)?[_ ]?dim)$/i],
  ["depth", /^(depth|layers|n[_ ]?layers?|num[_ ]?(hidden[_ ]?)?layers)$/i],
  ["architecture", /^(arch|architecture|model[_ ]?type)$/i],
  ["parametrization", /^(parametri[sz]ation|mup)$/i],
  ["schedule", /^(schedule|lr[_ ]?scheduler?([_ ]?type)?)$/i],
  ["data", /^(data|data[_ ]?set|corpus)$/i],
  ["seed", /^(seed|random[_ ]?seed)$/i],
  ["tailLoss", /^(train[_ ]?tail[_ ]?loss|tail[_ ]?loss)$/i],
  ["metric", /^loss[_ ]?metric$/i],
  ["taken", /^loss[_ ]?taken$/i],
  ["diverged", /^diverged$/i],
  ["state", /^(state|status)$/i],
  ["name", /^(name|run[_ ]?name|exp(eriment)?[_ ]?name|tags\.mlflow\.runName|mlflow\.runName)$/i],
  [
    "loss",
    /^((smooth|final|val(idation)?|eval|test|heldout|held-out)[_ /]?loss|(eval|val|validation|test)\/loss|final[_ ]?loss|loss)$/i,
  ],
];

/** What trackers put before the names of settings and of results. */
const PREFIX = /^(params|config|hparams|hyper_?parameters|metrics|summary|args)[./]/i;
/** A rate that was logged while training is the one at that moment: only a second choice after a setting. */
const LOGGED_RATE = /(^|[./])(lr|learning[_ ]?rate)$/i;

/** A first mapping from names alone: nothing is guessed twice, and what is not recognised is left out. */
export function guessMapping(names: readonly string[]): Mapping {
  const mapping: Mapping = {};
  const taken = new Set<string>();
  for (const [dimension, pattern] of KNOWN) {
    const free = names.filter((n) => !taken.has(n));
    const found = [
      ...free.filter((n) => pattern.test(n.trim())),
      ...free.filter((n) => !pattern.test(n.trim()) && pattern.test(n.trim().replace(PREFIX, ""))),
    ];
    if (dimension === "lr" && found.length === 0) {
      const logged = free.filter((n) => LOGGED_RATE.test(n.trim()));
      found.push(...logged.filter((n) => !isLogged(n)), ...logged.filter(isLogged));
    }
    // "smooth loss" says more than "loss": the longer name is the more deliberate one.
    const best = dimension === "loss" ? found.sort((p, q) => q.length - p.length)[0] : found[0];
    if (best === undefined) continue;
    taken.add(best);
    mapping[dimension] = best;
  }
  if (mapping.metric === mapping.loss) delete mapping.metric;
  const micro = names.find((n) => /(^|[./])per_device_train_batch_size$/.test(n));
  if (mapping.batchSeqs === undefined && micro !== undefined) {
    const factors = [micro, "gradient_accumulation_steps", "world_size"].filter((n, i) => i === 0 || names.includes(n));
    mapping.batchSeqs = factors.join(" * ");
  }
  return mapping;
}

function isLogged(name: string): boolean {
  return /^(train|val|eval|optimizer|optim|lr-|metrics|summary)/i.test(name.trim());
}
