import { describe, expect, it } from "vitest";
import { guessMapping, readersOf, valuesOf } from ".";

const values = (row: Record<string, unknown>, mapping = guessMapping(Object.keys(row))) => {
  const { readers, problems } = readersOf(mapping, Object.keys(row));
  const read = valuesOf(readers, (name) => row[name]);
  return { ...read.values, problems: [...problems, ...read.problems] };
};

describe("a guess from names", () => {
  it("takes columns by what they are called, and the more deliberate loss", () => {
    expect(guessMapping(["lr", "bs", "D", "N", "smooth loss", "loss", "note"])).toEqual({
      peakLr: "lr",
      batchSeqs: "bs",
      tokens: "D",
      paramsTotal: "N",
      finalLoss: "smooth loss",
    });
  });

  it.each(["params", "model_size", "parameters", "N", "n_params", "num_parameters"])(
    "takes %s, which says nothing of the embedding, for all parameters, once",
    (name) => {
      expect(guessMapping([name])).toEqual({ paramsTotal: name });
      expect(values({ [name]: 5e6 })).toMatchObject({ paramsTotal: 5e6, paramsNonEmbedding: null });
    },
  );

  it.each(["non_embedding_params", "params_non_embedding", "paramsNonEmbedding", "non_emb_params"])(
    "takes %s for what it says",
    (name) => expect(guessMapping([name, "N"])).toEqual({ paramsNonEmbedding: name, paramsTotal: "N" }),
  );

  it("takes what says total before what may be anything", () => {
    expect(guessMapping(["N", "params_total"])).toEqual({ paramsTotal: "params_total" });
  });

  it.each([
    ["c4_val_loss", "finalLoss"],
    ["eval/paloma/macro_loss", "finalLoss"],
    ["params_active_precise", "paramsActive"],
    ["throughput/total_tokens", "tokens"],
  ] as const)("reads %s as %s where nothing says it better", (name, field) => {
    expect(guessMapping([name])).toEqual({ [field]: name });
  });

  it("leaves losses of training and rates of tokens alone", () => {
    expect(guessMapping(["train/z_loss", "train_loss", "throughput/tokens_per_second"])).toEqual({});
    expect(guessMapping(["c4_val_loss", "loss", "throughput/total_tokens", "tokens"])).toEqual({
      finalLoss: "loss",
      tokens: "tokens",
    });
  });
});

describe("a batch of one device", () => {
  it.each([
    [["per_device_train_batch_size"], undefined],
    [["micro_batch_size"], undefined],
    [["train_micro_batch_size_per_gpu", "lr"], undefined],
    [
      ["per_device_train_batch_size", "gradient_accumulation_steps"],
      "per_device_train_batch_size * gradient_accumulation_steps",
    ],
    [["micro_batch_size", "world_size"], "micro_batch_size * world_size"],
    [
      ["batch_size", "gradient_accumulation_steps", "num_devices"],
      "batch_size * gradient_accumulation_steps * num_devices",
    ],
    [["train.micro_batch_size", "train/grad_accum"], "train.micro_batch_size * `train/grad_accum`"],
    [["batch_size"], "batch_size"],
    [["batch_size", "per_device_train_batch_size", "world_size"], "per_device_train_batch_size * world_size"],
    [["global_batch_size", "micro_batch_size", "gradient_accumulation_steps"], "global_batch_size"],
    [["batch_size", "gradient_accumulation_steps", "total_train_batch_size"], "total_train_batch_size"],
  ])("%s is read as %s", (names, batch) => expect(guessMapping(names).batchSeqs).toBe(batch));

  it("is multiplied", () => {
    const row = { micro_batch_size: 4, "train/grad_accum": "8", world_size: 16 };
    expect(values(row)).toMatchObject({ batchSeqs: 512, problems: [] });
  });
});

describe("perplexity and bits are units of a loss", () => {
  it.each([
    ["ppl", "log(ppl)", Math.E ** 2],
    ["val_ppl", "log(val_ppl)", Math.E ** 2],
    ["eval/perplexity", "log(`eval/perplexity`)", Math.E ** 2],
    ["bpb", "bpb * 0.6931471805599453", 2 / Math.LN2],
    ["val bits_per_byte", "`val bits_per_byte` * 0.6931471805599453", 2 / Math.LN2],
    ["bits_per_token", "bits_per_token * 0.6931471805599453", 2 / Math.LN2],
  ])("%s is guessed as %s", (name, text, value) => {
    expect(guessMapping([name, "lr"])).toEqual({ peakLr: "lr", finalLoss: text });
    expect(values({ [name]: value })).toMatchObject({
      finalLoss: expect.closeTo(2, 12),
      lossMetric: null,
      problems: [],
    });
  });

  it("stand back behind a loss in nats", () => {
    expect(guessMapping(["val_ppl", "val_loss", "bpb"])).toEqual({ finalLoss: "val_loss" });
  });

  it("keep divergence and gaps where they are an expression", () => {
    for (const word of ["NaN", "inf", "diverged", Number.NaN, Number.POSITIVE_INFINITY])
      expect(values({ ppl: word })).toMatchObject({ finalLoss: Number.NaN, problems: [] });
    for (const word of ["", "n/a", null])
      expect(values({ ppl: word })).toMatchObject({ finalLoss: null, problems: [] });
    expect(values({ ppl: "high" }).problems).toMatchObject([{ dimension: "finalLoss" }]);
    expect(values({ ppl: 0.5 }).problems).toMatchObject([{ message: "is not a positive number" }]);
  });

  it("say so in the name of the loss where somebody takes them as they are", () => {
    expect(values({ ppl: 7 }, { finalLoss: "ppl" })).toMatchObject({ finalLoss: 7, lossMetric: "ppl" });
    expect(values({ "val ppl": 7 }, { finalLoss: "`val ppl`" }).lossMetric).toBe("val ppl");
    expect(values({ ppl: 7 }, { finalLoss: "log(ppl)", lossMetric: "log(ppl)" }).lossMetric).toBe("log(ppl)");
    expect(values({ loss: 7 }, { finalLoss: "loss" }).lossMetric).toBeNull();
  });
});
