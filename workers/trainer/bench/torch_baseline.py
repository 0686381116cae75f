"""Training speed of the same model in PyTorch: the baseline of `npm run bench:trainer` and `npm run bench:trainer:cuda`.

    python3 torch_baseline.py --config run.json [--device cuda] [--threads 2] [--compile] [--steps 5]

Prints {"best_tokens_per_s": ...}: the fastest of the steps after the warm-up. RMSNorm, rotary positions, causal SDPA,
SwiGLU, untied head, fused AdamW, clipping at 1; bf16 is autocast over fp32 weights; fp32 is never rounded to tf32. Exit
code 3 where torch or the device is missing.
"""

import argparse
import json
import sys
import time

try:
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError:
    sys.exit(3)

WARMUP_STEPS = 3


def rotate(x, cos, sin):
    low, high = x.chunk(2, -1)
    return torch.cat([low * cos - high * sin, high * cos + low * sin], -1)


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.RMSNorm(width, eps=1e-5), nn.RMSNorm(width, eps=1e-5)
        self.qkv, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.gate_up, self.down = nn.Linear(width, 2 * hidden, bias=False), nn.Linear(hidden, width, bias=False)

    def forward(self, x, cos, sin):
        batch, length, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, k = rotate(q, cos, sin).type_as(v), rotate(k, cos, sin).type_as(v)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(batch, length, width))
        gate, up = self.gate_up(self.norm2(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


class Decoder(nn.Module):
    def __init__(self, m):
        super().__init__()
        self.embedding = nn.Embedding(m["vocab"], m["width"])
        self.blocks = nn.ModuleList(Block(m["width"], m["heads"], m["hidden"]) for _ in range(m["depth"]))
        self.norm, self.head = nn.RMSNorm(m["width"], eps=1e-5), nn.Linear(m["width"], m["vocab"], bias=False)
        half = m["width"] // m["heads"] // 2
        angle = torch.arange(m["seqLen"])[:, None] * 10000.0 ** (-torch.arange(half) / half)
        self.register_buffer("cos", angle.cos())
        self.register_buffer("sin", angle.sin())

    def forward(self, tokens, targets):
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x, self.cos, self.sin)
        return F.cross_entropy(self.head(self.norm(x)).flatten(0, 1).float(), targets.flatten())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    options = parser.parse_args()
    device = options.device
    if device == "cuda" and not torch.cuda.is_available():
        sys.exit(3)
    with open(options.config) as file:
        config = json.load(file)
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    m, batch = config["model"], config["batchSeqs"]
    model = Decoder(m).to(device)
    run = torch.compile(model) if options.compile else model
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    best = float("inf")
    for step in range(WARMUP_STEPS + options.steps):
        tokens = torch.randint(m["vocab"], (batch, m["seqLen"] + 1))
        begun = time.perf_counter()
        tokens = tokens.to(device)
        with torch.autocast(device, torch.bfloat16, enabled=config.get("precision") == "bf16"):
            loss = run(tokens[:, :-1], tokens[:, 1:])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        loss.item()  # waits for the device
        if step >= WARMUP_STEPS:
            best = min(best, time.perf_counter() - begun)
    print(json.dumps({"best_tokens_per_s": batch * m["seqLen"] / best, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
