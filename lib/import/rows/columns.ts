/** Where a row stands on the way of training, and what it is of. */
export interface Columns {
  /** Null where rows are counted instead. */
  step: string | null;
  /** Whether the step's name leaves no doubt; else what the table looks like must say it. */
  isSure: boolean;
  epoch: string | null;
  time: string | null;
  tokens: string | null;
  /** Which run a row is of, in a file of several. */
  run: string | null;
  /** Training, validation or test. */
  split: string | null;
  /** In a long table, a metric's name and its value. */
  metric: string | null;
  value: string | null;
}

/** Names of steps, the surest first. */
const STEPS = [
  /^global_step\/max_steps$/,
  /^_?(global|train(er|ing)?|optimi[sz]er|opt)[_/ .-]?(global[_ ]?)?(step|iteration|iter)s?$/,
  /^_?(current|num|n|total)?[_ ]?steps?$/,
  /^_?(step|iter|iteration)[_ ]?(num|number|no|idx|index|id|count)$/,
  /^_?(num|n|cur|current|total)?[_ ]?(iter|iters|itr|iteration|iterations|it)$/,
  /^(num|n|total)_updates$/,
  /^(train|valid|val|eval|test)[_/ .]num_updates$/,
  /^updates?$/,
  /^(train|valid|val|eval|test)[_/ .](step|iter|iteration)s?$/,
];
const SAMPLES = /^(consumed|total|num|n|train(ed)?)?[_ /.]?(train[_ ])?(samples|examples|sequences)([_ ]?seen)?$/;
const TOKENS =
  /^(train|trained|total|num|n|consumed|input)?[_ /.]?(train[_/ .]|input[_ ])?tokens?([_ ]?(seen|so[_ ]far|processed|trained|consumed))?(\s*\((m|b)\))?$/;
const EPOCHS = /^_?(train[_/ ])?(epochs?|epoch[_ ]?(num|number|idx|index)|ep|current_epoch)$/;
const BATCHES = /^(mini)?batch(es)?([_ ]?(idx|index|num|number|no|id))?$/;
const TIMES =
  /^_?@?(timestamps?|wall[_ ]?time|walltime|time|date|datetime|created(_at)?|logged_at|ts|time_?stamp_?(ms|utc)|asctime)$/;
const RUNS =
  /^(run|run[_ ]?(name|id|uuid)|experiment([_ ]?(name|id))?|trial([_ ]?(name|id))?|exp|exp_name|model(_name)?|name|config)$/;
const SPLITS = /^(split|mode|phase|stage|subset|type|kind|event|dataset)$/;
const METRICS = /^(metric|metric[_ ]?name|name|key|tag|variable)$/;

/** Whether a name is one of a step beyond doubt. */
export const isStep = (name: string) => STEPS.some((pattern) => pattern.test(name.trim().toLowerCase()));

export const isEpoch = (name: string) => EPOCHS.test(name.trim().toLowerCase());

/** What the names of a table's columns say. */
export function columnsOf(names: readonly string[]): Columns {
  const plain = new Map(names.map((name) => [name, name.trim().toLowerCase()]));
  const like = (pattern: RegExp, but: readonly (string | null)[] = []) =>
    names.find((name) => pattern.test(plain.get(name)!) && !but.includes(name)) ?? null;
  const value = like(/^(value|val|metric[_ ]?value)$/);
  const metric = value === null ? null : like(METRICS);
  const sure = STEPS.map((pattern) => like(pattern)).find((name) => name !== null) ?? null;
  const tokens = like(TOKENS);
  const epoch = like(EPOCHS);
  const unnamed = names[0] !== undefined && /^(unnamed: 0|index|)$/.test(plain.get(names[0])!) ? names[0] : null;
  const step = sure ?? like(BATCHES) ?? like(SAMPLES) ?? tokens ?? epoch ?? unnamed;
  return {
    step,
    isSure: sure !== null,
    epoch: epoch === step ? null : epoch,
    time: like(TIMES),
    tokens: tokens === step ? null : tokens,
    run: like(RUNS, [metric]),
    split: like(SPLITS, [metric]),
    metric,
    value: metric === null ? null : value,
  };
}

/** Names of what a whole run has one value of: where it varies by row, rows are runs. */
export const OF_A_RUN =
  /^(n_?)?(params?|parameters|n|n_?params|num_?params|model_?size|width|depth|d_?model|n_?layers?|num_?layers|hidden_?(size|dim)|n_?heads?|seed|random_?seed|d|c|flops|compute|tokens_?per_?param(eter)?|dataset_?size|weight_?decay|wd|warmup(_steps)?|optimi[sz]er)$/i;
export const BATCH = /^(global_?)?(batch|bs|bsz|batch_?size|gbs)([_ ]?(seqs|size))?$/i;
export const RATE = /^(peak_?|max_?|base_?)?(lr|learning[_ ]?rate)$/i;
/** Columns that lists of runs have, as trackers export them. */
export const LISTS =
  /^(state|status|lifecycle_stage|run[_ ]?id|run_uuid|created|user|sweep|artifact_uri|hostname|end_?time|duration)$/i;
export const LOSS = /loss|perplexity|ppl|acc|bpb|nll|error|reward|score|metric/i;
