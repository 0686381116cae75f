"""Compares the golden files with PyTorch: python3 workers/trainer/tests/golden/check_torch.py

The same models in torch's own operations (rms_norm, scaled_dot_product_attention, topk, cross_entropy), its autograd, its
AdamW, in float64. Shared with make.py are only the formulas of initial values, tokens and rate; the multipliers
of rate, decay and forward pass are read from the files. Prints the largest differences of each file; exit code 1 where
one is too large, 3 without torch.
"""

import json
import math
import pathlib
import sys

try:
    import torch
    from torch.nn import functional as F
except ImportError:
    sys.exit(3)

from make import BATCH, OPTIMIZER, initial, rate, tokens

LOSS_TOLERANCE = 1e-11  # float64 rounding, ten steps of it
GRADIENT_TOLERANCE = 1e-6  # relative to a tensor's largest: the files keep seven digits


class Decoder:
    def __init__(self, config, entries):
        self.model, self.p = config["model"], config["parametrization"]
        values = initial([(e["name"], e["shape"], e["std"] or None) for e in entries])
        self.w = {name: torch.tensor(value, requires_grad=True) for name, value in values.items()}
        self.forward = {e["name"]: e["forward_multiplier"] for e in entries}

    def linear(self, x, name):
        return F.linear(x, self.w[name]) * self.forward[name]

    def norm(self, x, name):
        return F.rms_norm(x, x.shape[-1:], self.w[name], 1e-5)

    def losses(self, batch):
        """Mean cross-entropy, and that plus the router's losses."""
        batch = torch.tensor(batch)
        self.auxiliary = torch.tensor(0.0, dtype=torch.float64)
        x = F.embedding(batch[:, :-1], self.w["embedding"]) * self.forward["embedding"]
        for layer in range(self.model["depth"]):
            at = f"layers.{layer}."
            x = x + self.attention(at + "attention.", self.norm(x, at + "attention.norm"))
            h = self.norm(x, at + "mlp.norm")
            x = x + (self.experts(at + "moe.", h) if self.model["experts"] else self.swiglu(at + "mlp.", h))
        h = self.norm(x, "final_norm")
        logits = F.linear(h, self.w["embedding"]) / self.tied_scaling() if self.model["tiedEmbeddings"] else self.linear(h, "head")
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        return loss, loss + self.auxiliary

    def tied_scaling(self):
        m = self.model["width"] / self.p["baseWidth"]
        return self.p.get("logitsScaling", m if self.p["kind"] == "mup" else 1.0)

    def attention(self, at, x):
        batch, length, width = x.shape
        dim = width // self.model["heads"]
        q, k, v = (self.linear(x, at + n).view(batch, length, -1, dim).transpose(1, 2) for n in "qkv")
        scale = self.p.get("attentionMultiplier", 1 / dim if self.p["kind"] == "mup" else 1 / math.sqrt(dim))
        y = F.scaled_dot_product_attention(rotate(q), rotate(k), v, is_causal=True, scale=scale, enable_gqa=True)
        return self.linear(y.transpose(1, 2).reshape(batch, length, width), at + "o")

    def swiglu(self, at, x):
        return self.linear(F.silu(self.linear(x, at + "gate")) * self.linear(x, at + "up"), at + "down")

    def experts(self, at, x):
        count, top = self.model["experts"], self.model["topK"]
        logits = self.linear(x, at + "router")
        best, chosen = logits.topk(top)
        weights = torch.zeros_like(logits).scatter(-1, chosen, best.softmax(-1))
        share = F.one_hot(chosen, count).sum(-2).double().mean(1) / top
        balance = count * (logits.softmax(-1).mean(1) * share).sum(-1).mean()
        z = logits.logsumexp(-1).square().mean()
        self.auxiliary = self.auxiliary + self.model.get("balanceLoss", 0) * balance + self.model.get("routerZLoss", 0) * z
        return sum(self.swiglu(f"{at}experts.{e}.", x) * weights[..., e, None] for e in range(count))


def rotate(x):
    length, dim = x.shape[-2:]
    pair = torch.complex(*x.chunk(2, -1))
    angle = torch.outer(torch.arange(length, dtype=x.dtype), 10000.0 ** (-torch.arange(0, dim, 2, dtype=x.dtype) / dim))
    turned = pair * torch.polar(torch.ones_like(angle), angle)
    return torch.cat([turned.real, turned.imag], -1)


def differences(document):
    """The largest differences of losses and gradient norms, and of gradients relative to their tensor's largest."""
    entries = document["tensors"]
    decoder = Decoder(document["config"], entries)
    rates = {e["name"]: e["lr_multiplier"] for e in entries}
    groups = [{"params": [decoder.w[e["name"]]], "weight_decay": e["weight_decay"], "name": e["name"]} for e in entries]
    optimizer = torch.optim.AdamW(groups, betas=(OPTIMIZER["beta1"], OPTIMIZER["beta2"]), eps=OPTIMIZER["eps"])
    apart, gradients = 0.0, 0.0
    for step, (loss, norm) in enumerate(zip(document["losses"], document["grad_norms"])):
        actual, objective = decoder.losses(tokens(decoder.model, document["stream"], step))
        optimizer.zero_grad()
        objective.backward()
        if step == 0:
            for e in entries:
                expected = torch.tensor(e["gradient"], dtype=torch.float64).view(e["shape"])
                difference = (decoder.w[e["name"]].grad - expected).abs().max()
                gradients = max(gradients, float(difference / expected.abs().max()))
        total = float(torch.nn.utils.get_total_norm([w.grad for w in decoder.w.values()]))
        for w in decoder.w.values():  # clip_grad_norm_ adds 1e-6 to the norm
            w.grad *= min(1.0, OPTIMIZER["gradClip"] / total)
        apart = max(apart, abs(actual.item() - loss), abs(total - norm))
        for group in optimizer.param_groups:
            group["lr"] = rates[group["name"]] * rate(step, BATCH * decoder.model["seqLen"])
        optimizer.step()
    return apart, gradients


def main():
    torch.set_default_dtype(torch.float64)
    wrong = False
    for path in sorted(pathlib.Path(__file__).parent.glob("*.json")):
        apart, gradients = differences(json.loads(path.read_text()))
        bad = not (apart <= LOSS_TOLERANCE and gradients <= GRADIENT_TOLERANCE)
        print(f"{path.stem}: losses and norms {apart:.1e}, gradients {gradients:.1e}{' TOO LARGE' if bad else ''}")
        wrong = wrong or bad
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
