"""Writes the golden files of whole models: python3 workers/trainer/tests/golden/make.py

An independent implementation in numpy float64 with its own reverse mode (tape.py). It shares with the trainer only the
written definition of the model (README, section "The trainer") and the formula of the test's parameters and tokens:

    mix(x)      splitmix64's finaliser
    u(s, i)     (mix(s * 2^32 + i) >> 40) / 2^24 - 1/2
    parameter i of tensor number t (from 1, in the order of the file): u(t, i) * std * sqrt(12), a gain 1 + u(t, i) / 2
    token i of step k: mix((1000 stream + k) * 2^32 + i) mod vocab; row r of a batch holds tokens r * (seqLen + 1) on

`stream` is the first from 1 with which no expert is chosen by less than LEAST_MARGIN, which rounding could turn.

Each file holds the run.json, the parameter table, the first loss, all its gradients (as 32-bit floats, 7 digits), and
loss and gradient norm of 10 AdamW steps.
"""

import json
import math
import pathlib

import numpy as np

from tape import Var, backward, concat, exp, log_sum_exp, power, silu

STEPS = 10
MASK = (1 << 64) - 1
LEAST_MARGIN = 2e-5

MODEL = {"width": 20, "depth": 2, "heads": 5, "kvHeads": 5, "hidden": 27, "seqLen": 11, "vocab": 37,
         "tiedEmbeddings": False, "experts": 0, "topK": 0}
STANDARD = {"kind": "standard", "baseWidth": 20, "initStd": 0.2, "embeddingStd": 0.7, "headStd": 0.3}
MULTIPLIERS = {"kind": "mup", "baseWidth": 8, "initStd": 0.3, "embeddingStd": 0.5, "headStd": 0.3,
               "embeddingMultiplier": 1.7, "residualMultiplier": 0.6, "attentionMultiplier": 0.35, "logitsScaling": 1.9}
MICROSOFT = {"kind": "mup", "style": "microsoft", "baseWidth": 8, "initStd": 0.3, "embeddingStd": 0.8, "headStd": 0.4}
EXPERTS = {"width": 12, "heads": 2, "kvHeads": 1, "hidden": 10, "experts": 5, "topK": 2}
CASES = {
    "mha": (MODEL, STANDARD),
    "gqa": ({**MODEL, "width": 24, "heads": 6, "kvHeads": 2}, {**STANDARD, "baseWidth": 24}),
    "tied": ({**MODEL, "tiedEmbeddings": True}, {**STANDARD, "embeddingStd": 0.3}),
    "mup-multipliers": (MODEL, MULTIPLIERS),
    "mup-microsoft": (MODEL, MICROSOFT),
    "mup-tied": ({**MODEL, "tiedEmbeddings": True}, {**MICROSOFT, "embeddingStd": 0.4}),
    "moe": ({**MODEL, **EXPERTS}, {**STANDARD, "baseWidth": 12}),
    "moe-losses": ({**MODEL, **EXPERTS, "balanceLoss": 0.3, "routerZLoss": 0.05}, MULTIPLIERS),
}
OPTIMIZER = {"beta1": 0.9, "beta2": 0.95, "eps": 1e-6, "weightDecay": 0.2, "gradClip": 0.8}
SCHEDULE = {"kind": "wsd", "peakLr": 0.02, "decayFraction": 0.3, "decayShape": "linear", "finalLrFraction": 0.1}
BATCH = 3


def mix(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def tensors(model, p, decay):
    """The parameter table: name, shape, std (None for gains), rate, decay and forward multipliers."""
    d, f, e = model["width"], model["hidden"], model["experts"]
    kv = model["kvHeads"] * d // model["heads"]
    mup, m = p["kind"] == "mup", d / p["baseWidth"]
    residual, depth = p.get("residualMultiplier", 1.0), model["depth"]
    scaling = p.get("logitsScaling", m if mup else 1.0)
    out = []

    def gain(name):
        out.append((name, [d], None, 1.0, 0.0, 1.0))

    def hidden(name, rows, columns, writes=False):
        std = p["initStd"] / math.sqrt(m)
        if writes and p.get("style") != "microsoft":
            std /= math.sqrt(2 * depth)
        rate = 1 / m if mup else 1.0
        out.append((name, [rows, columns], std, rate, decay * m if mup else decay, residual if writes else 1.0))

    out.append(("embedding", [model["vocab"], d], p["embeddingStd"], 1.0, decay, p.get("embeddingMultiplier", 1.0)))
    for layer in range(depth):
        at = f"layers.{layer}."
        gain(at + "attention.norm")
        hidden(at + "attention.q", d, d)
        hidden(at + "attention.k", kv, d)
        hidden(at + "attention.v", kv, d)
        hidden(at + "attention.o", d, d, True)
        gain(at + "mlp.norm")
        if e:
            hidden(at + "moe.router", e, d)
        for name in [f"moe.experts.{i}." for i in range(e)] or ["mlp."]:
            hidden(at + name + "gate", f, d)
            hidden(at + name + "up", f, d)
            hidden(at + name + "down", d, f, True)
    gain("final_norm")
    if not model["tiedEmbeddings"]:
        std = p["headStd"] if mup else p["headStd"] / math.sqrt(m)
        out.append(("head", [model["vocab"], d], std, 1.0, decay, 1 / scaling))
    return out


def initial(table):
    values = {}
    for number, (name, shape, std, *_) in enumerate(table, 1):
        u = [(mix(number * 2**32 + i) >> 40) / 2**24 - 0.5 for i in range(math.prod(shape))]
        array = np.array(u).reshape(shape)
        array = 1 + array / 2 if std is None else array * (std * math.sqrt(12))
        values[name] = array.astype(np.float32).astype(np.float64)
    return values


def tokens(model, stream, step):
    length = model["seqLen"] + 1
    drawn = [mix((1000 * stream + step) * 2**32 + i) % model["vocab"] for i in range(BATCH * length)]
    return np.array(drawn).reshape(BATCH, length)


class Decoder:
    def __init__(self, model, p, values):
        self.model, self.p = model, p
        self.w = {name: Var(value) for name, value in values.items()}
        self.margin = math.inf
        self.auxiliary = Var(0.0)

    def losses(self, batch):
        """Mean cross-entropy, and that plus the router's losses."""
        model, p = self.model, self.p
        inputs, targets = batch[:, :-1], batch[:, 1:]
        residual = p.get("residualMultiplier", 1.0)
        x = self.w["embedding"][inputs] * p.get("embeddingMultiplier", 1.0)
        for layer in range(model["depth"]):
            at = f"layers.{layer}."
            x = x + self.attention(at, self.norm(x, at + "attention.norm")) * residual
            x = x + self.mlp(at, self.norm(x, at + "mlp.norm")) * residual
        head = self.w["embedding" if model["tiedEmbeddings"] else "head"]
        m = model["width"] / p["baseWidth"]
        scaling = p.get("logitsScaling", m if p["kind"] == "mup" else 1.0)
        logits = self.norm(x, "final_norm") @ head.transpose(1, 0) * (1 / scaling)
        rows, columns = np.indices(targets.shape)
        loss = (log_sum_exp(logits).reshape(*targets.shape) - logits[rows, columns, targets]).sum() * (1 / targets.size)
        return loss, loss + self.auxiliary

    def norm(self, x, name):
        return x * power((x * x).mean(-1, True) + 1e-5, -0.5) * self.w[name]

    def rotate(self, x):
        """x [batch, heads, seqLen, headDim], half-split pairs."""
        length, dim = x.value.shape[-2:]
        half = dim // 2
        angle = np.arange(length)[:, None] * 10000.0 ** (-np.arange(half) / half)
        cos, sin = np.cos(angle), np.sin(angle)
        low, high = x[..., :half], x[..., half:]
        return concat([low * cos - high * sin, high * cos + low * sin], -1)

    def attention(self, at, x):
        model = self.model
        batch, length, d = x.value.shape
        heads, groups = model["heads"], model["kvHeads"]
        dim = d // heads

        def split(name, count):
            y = x @ self.w[at + "attention." + name].transpose(1, 0)
            return y.reshape(batch, length, count, dim).transpose(0, 2, 1, 3)

        shared = np.arange(heads) * groups // heads
        q, k, v = self.rotate(split("q", heads)), self.rotate(split("k", groups))[:, shared], split("v", groups)[:, shared]
        default = 1 / dim if self.p["kind"] == "mup" else 1 / math.sqrt(dim)
        scores = q @ k.transpose(0, 1, 3, 2) * self.p.get("attentionMultiplier", default)
        scores = scores + np.where(np.tri(length, dtype=bool), 0.0, -1e9)
        mixed = exp(scores - log_sum_exp(scores)) @ v
        return mixed.transpose(0, 2, 1, 3).reshape(batch, length, d) @ self.w[at + "attention.o"].transpose(1, 0)

    def expert(self, name, x):
        gate, up = (x @ self.w[name + side].transpose(1, 0) for side in ("gate", "up"))
        return silu(gate) * up @ self.w[name + "down"].transpose(1, 0)

    def mlp(self, at, x):
        model = self.model
        if not model["experts"]:
            return self.expert(at + "mlp.", x)
        logits = x @ self.w[at + "moe.router"].transpose(1, 0)
        order = np.argsort(-logits.value, axis=-1, kind="stable")
        ranked = np.take_along_axis(logits.value, order, -1)
        top = model["topK"]
        self.margin = min(self.margin, float((ranked[..., top - 1] - ranked[..., top]).min()))
        chosen = np.zeros(logits.value.shape, bool)
        np.put_along_axis(chosen, order[..., :top], True, -1)
        masked = logits + np.where(chosen, 0.0, -1e9)
        weights = exp(masked - log_sum_exp(masked))
        self.auxiliary = self.auxiliary + self.router_losses(logits, chosen)
        y = Var(np.zeros_like(x.value))
        for e in range(model["experts"]):
            y = y + self.expert(f"{at}moe.experts.{e}.", x) * weights[..., e : e + 1]
        return y

    def router_losses(self, logits, chosen):
        """Means over sequences of E sum_e f_e P_e (Fedus et al. 2021), over tokens of lse^2 (Zoph et al. 2022)."""
        lse = log_sum_exp(logits)
        share = chosen.mean(axis=1) / self.model["topK"]
        balance = (exp(logits - lse).mean(1) * share).sum() * (self.model["experts"] / BATCH)
        z = (lse * lse).sum() * (1 / lse.value.size)
        return balance * self.model.get("balanceLoss", 0.0) + z * self.model.get("routerZLoss", 0.0)


def rate(step, step_tokens):
    """Warmup of two steps, then stable, then linear over the last three tenths; of the tokens before the step."""
    total, warmup, n = STEPS * step_tokens, 2 * step_tokens, step * step_tokens
    if n < warmup:
        return SCHEDULE["peakLr"] * n / warmup
    start = total * (1 - SCHEDULE["decayFraction"])
    if n <= start:
        return SCHEDULE["peakLr"]
    return SCHEDULE["peakLr"] * (1 - (1 - SCHEDULE["finalLrFraction"]) * (n - start) / (total - start))


def train(model, p, table, stream):
    """Yields loss, gradient norm and gradients of each step; stops early where an expert is chosen too closely."""
    values = initial(table)
    moments = {name: (0.0, 0.0) for name in values}
    b1, b2 = OPTIMIZER["beta1"], OPTIMIZER["beta2"]
    for step in range(STEPS):
        decoder = Decoder(model, p, values)
        loss, objective = decoder.losses(tokens(model, stream, step))
        backward(objective)
        if decoder.margin < LEAST_MARGIN:
            return
        gradients = {name: w.grad for name, w in decoder.w.items()}
        norm = math.sqrt(sum(float((g * g).sum()) for g in gradients.values()))
        yield float(loss.value), norm, gradients
        lr = rate(step, BATCH * model["seqLen"])
        for name, _, _, multiplier, decay, _ in table:
            g = gradients[name] * min(1.0, OPTIMIZER["gradClip"] / norm)
            m, v = moments[name]
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
            moments[name] = m, v
            change = m / (1 - b1 ** (step + 1)) / (np.sqrt(v / (1 - b2 ** (step + 1))) + OPTIMIZER["eps"])
            values[name] = values[name] * (1 - lr * multiplier * decay) - lr * multiplier * change


def golden(model, p):
    table = tensors(model, p, OPTIMIZER["weightDecay"])
    stream, steps = 0, []
    while len(steps) < STEPS:
        stream += 1
        steps = list(train(model, p, table, stream))
    step_tokens = BATCH * model["seqLen"]
    config = {"model": model, "parametrization": p, "optimizer": OPTIMIZER,
              "schedule": {**SCHEDULE, "warmupTokens": 2 * step_tokens}, "batchSeqs": BATCH, "tokens": [STEPS * step_tokens]}
    entries = []
    for name, shape, std, lr, decay, forward in table:
        gradient = [float(f"{g:.7g}") for g in steps[0][2][name].ravel()]
        entries.append({"name": name, "shape": shape, "std": std or 0.0, "lr_multiplier": lr, "weight_decay": decay,
                        "forward_multiplier": forward, "gradient": gradient})
    return {"made_by": "workers/trainer/tests/golden/make.py", "config": config, "stream": stream, "losses": [s[0] for s in steps],
            "grad_norms": [s[1] for s in steps], "tensors": entries}


def main():
    folder = pathlib.Path(__file__).parent
    for name, (model, p) in CASES.items():
        document = golden(model, p)
        entries = document.pop("tensors")
        lines = ",\n".join(json.dumps(e, separators=(",", ":")) for e in entries)
        head = json.dumps(document, indent=1)[:-2]
        (folder / f"{name}.json").write_text(f'{head},\n "tensors": [\n{lines}\n]}}\n')
        print(name, document["stream"], document["losses"][0], document["losses"][-1], max(document["grad_norms"]), min(document["grad_norms"]))


if __name__ == "__main__":
    main()
