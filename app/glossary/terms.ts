/** docs/glossary.md as data; `terms.test.ts` keeps the two the same. */
export const TERMS: readonly (readonly [term: string, meaning: string])[] = [
  ["team, member, role", "the tenant; who belongs to it; owner, editor or viewer"],
  [
    "single sign-on, provider, claim",
    "signing in with an account elsewhere; who vouches for the person; what it says of her, such as her groups",
  ],
  ["project", "one question: its sweeps, runs, fits and recommendations"],
  [
    "run",
    "one training; queued, running, finished, failed, canceled or crashed. *Diverged* is a finished run whose loss became non-finite: a result",
  ],
  ["config", "what a run was asked to do, never rounded"],
  ["sweep, search space, axis", "a grid of runs; its description; one dimension of it"],
  [
    "job, lease, attempt",
    "the unit a worker takes: one trunk with its branches; the right to train it until a time; one try that ended badly counts. *Queued again*: an ended job whose runs without a result go back into the queue",
  ],
  ["trunk, branch", "the stable phase that runs of several lengths share; the decay towards one token count"],
  ["worker, agent, trainer", "a machine; the program on it that leases jobs; the C++ program that trains"],
  [
    "dimension, mapping",
    "one typed property of a run that curves are made of (peak LR, batch, tokens ...); the expressions that derive them from somebody else's config or columns",
  ],
  [
    "results table, import, format",
    "a file with one row per finished run; one reading of a file into a project, kept in its history and undone as a whole; the kind that an imported file is of",
  ],
  ["metric, point", "a name such as `train/loss`; (step, tokens, time, value)"],
  ["tokens T", 'text tokens trained on. "Token" never means a secret; those are *keys*'],
  ["batch", "`batchSeqs` sequences; `batchTokens` = sequences x sequence length"],
  ["peak LR, eta", "the muP base learning rate at the top of the schedule"],
  ["params N", "always with which: total, non-embedding or active (the experts a token visits)"],
  ["proxy, target", "the small models of the sweep; the run that a recommendation is for"],
  ["curve", "all runs that differ only in peak LR"],
  ["optimum", "estimated best LR of a curve, with standard error, method and status"],
  ["plateau", "learning rates whose loss is within 0.25% of the curve's minimum"],
  ["censored", "the best LR tried is the lowest or highest of its grid: the optimum lies beyond"],
  ["cell", "one (size, tokens): curves that differ only in batch"],
  ["fit, form", "a law through the optima; its equation"],
  ["transfer check", "one test of whether a law holds elsewhere: pass, warning, fail, inconclusive"],
  [
    "regret, floor",
    "loss lost by using an LR, relative to the curve's minimum; what the reading charges even the curve's own optimum",
  ],
  [
    "proposal, plan",
    "the next runs by what they are worth for a target; the axes of a first sweep for a budget, with the precision to expect",
  ],
  ["recommendation", "advice for a target, from a fit: draft, published, superseded, withdrawn"],
  ["outcome", "the large run that a recommendation was for, attached to it: predicted against achieved"],
  [
    "watcher, notification",
    "a member who is told what happens to a project, sweep, run or recommendation; what she is told, unread or read",
  ],
  [
    "channel, delivery",
    "where events go beside people, Slack or a webhook; one event on its way there, or to somebody by mail",
  ],
  [
    "public link",
    "an unguessable address at which anyone, or the people it names, may read one published recommendation or report until it ends",
  ],
  ["report", "a study in Markdown with charts of saved fits (frozen) or of the current runs (live)"],
  ["censored-low, censored-high", "the best LR tried is the lowest, or the highest, of its grid"],
  [
    "octave, log2",
    'a factor of two: an error of one octave is a rate that is twice or half as high; "log2 rms" is its root mean square',
  ],
  [
    "ew",
    "the optimum of a curve by itself: a parabola through its losses with weights that fall with the distance from the best",
  ],
  [
    "surface, shape",
    "all curves read together: one shape for them (how steeply the loss rises on both sides of the best rate), each with its own optimum, which a curve that is cut off or short has too, less surely",
  ],
  ["cell out, size out", "error of a law at a (size, tokens) cell, or at the largest size, that it was not fitted to"],
  [
    "TOST",
    "two one-sided tests: whether a difference is shown to be smaller than a limit, not only not shown to be larger",
  ],
  ["base width", "the width that a muP base rate is for"],
  [
    "timescale, tau",
    "how long what a step wrote into the weights lasts under weight decay, as a part of the run: batch / (LR x weight decay x tokens)",
  ],
  ["best batch", "the batch, at its best rate, with the least loss at a size and token count"],
  ["one law", "whether groups of optima have one constant and the same exponents (analysis of covariance)"],
  [
    "critical batch",
    "the batch that needs 20% more tokens to a loss than the smallest do: beyond it steps are saved at the price of tokens",
  ],
  [
    "muP base rate",
    "the learning rate at the base width; under muP hidden matrices get it divided by width / base width",
  ],
  [
    "context, experts, top-k",
    "sequence length of a model; feed-forward blocks of a layer; how many of them a token visits",
  ],
  [
    "band, distance",
    "how far a target lies from the data of a fit in any dimension, compute and tokens per parameter too: inside, near (up to 3 times), beyond (up to 30), far beyond",
  ],
  ["selection", "runs that somebody has chosen, stored under an id so that an address can name any number of them"],
  [
    "law, exponent",
    "the formula that a fit finds: the best learning rate as a product of powers of tokens, batch and size; one of these powers",
  ],
  [
    "muP, standard, parametrization",
    "how learning rates and first weights go with the width: under muP (maximal update) the best base rate stays as models grow; under the standard one it slides; either of the two",
  ],
  ["WSD, schedule", "warmup, then a stable phase at the peak, then decay; the course of the learning rate over a run"],
  [
    "Power schedule, cap",
    "a rate that falls as a power of the tokens seen, so that one schedule serves runs of any length; the highest rate that it takes",
  ],
  ["warmup, decay", "the beginning of a run, in which the rate rises to its peak; its end, in which it falls to 0"],
  [
    "recipe",
    "all settings of a run that no dimension says and that can change training; runs of one recipe differ in dimensions, seed and names only",
  ],
  [
    "near-optimal",
    "an optimum read from all learning rates whose loss is within 0.25% of the curve's best, each counted as one",
  ],
  [
    "too-few, flat, bracketed-by-divergence",
    "why a curve has no optimum of its own: fewer than three learning rates; losses that differ by less than noise; higher rates that diverge",
  ],
  [
    "standard error, 95% interval",
    "how far an estimate scatters; the range that holds the true value in 95 of 100 repetitions, if the law has the right form; that of a law's rate also allows for a bend as large as laws were found to have",
  ],
  [
    "bootstrap",
    "an interval found by fitting again to residuals whose signs and sizes are drawn at random, trunk by trunk (for loss laws: to cells drawn at random with repetition)",
  ],
  ["leave one out", "each optimum predicted by the law fitted without it"],
  [
    "R², AICc",
    "the share of the scatter that a law explains; a score of fit against number of coefficients, smaller is better, for forms on the same n",
  ],
  [
    "condition number",
    "how much errors in the data are blown up in the coefficients: above 30 two of them cannot be told apart",
  ],
  ["Huber, weights", "a fit in which far outliers count less; how much each optimum counts"],
  [
    "held-out loss, final loss",
    "the loss on text that was not trained on, in nats per token; the one that a run ended with",
  ],
  ["tokens per parameter", "T / N: how long a model is trained for its size"],
  [
    "same law, F test",
    "whether two groups of optima lie on one law: a test of whether a law for each explains more than chance would",
  ],
  ["slot, scope", "one training at a time on a worker; what an API key may do: read, write or work"],
  [
    "service key, grace",
    "an API key that is the team's, not a person's; how long the secret before goes on after a key was rotated",
  ],
  ["expression", "a formula over columns or config keys, such as `micro_batch * world_size`, that gives a dimension"],
  [
    "published law, domain",
    "a formula for a rate or a batch that others have published with its constants, drawn beside the fit's own law; the sizes and lengths of the runs that it was fitted to",
  ],
  [
    "unverified, by a copy",
    "of a published law's constants: known from memory alone; read in somebody's copy and not in the source",
  ],
  [
    "schedule law",
    "a law of the loss over the learning rates of all steps, the multi-power law, fitted to curves with schedules of their own; it predicts the final loss of a run under any other",
  ],
  [
    "amplitude ratio",
    "a of a Power schedule over a of the law of best WSD peaks: 4/4.6 in the paper, or the ratio of the least final loss by a schedule law",
  ],
];

/** Where a term stands on the glossary's page: each of the names of an entry has a place. */
export const placeOf = (name: string) =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-");

/** The names of an entry: "trunk, branch" are two. */
export const namesOf = (term: string) => term.split(", ");

/** What a name means, as plain text. */
export function meaningOf(name: string): string {
  const found = TERMS.find(([term]) => namesOf(term).some((n) => placeOf(n) === placeOf(name)));
  return (found?.[1] ?? "").replaceAll(/[*`]/g, "");
}
