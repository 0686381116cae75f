"""Writes published.json: the published laws at some points, by their formulas in plain Python, for the tests
of lib/published-laws.

Run:  python3 make_published.py

Written from the formulas alone, with ** for powers. B in tokens throughout, C = 6 N T; a point is N, T, batch in
sequences and their length, and a loss.
"""
import json
from math import log
from pathlib import Path

POINTS = [
    {"params": 1e9, "tokens": 1e11, "batchSeqs": 512, "seqLen": 2048, "loss": 2.5},
    {"params": 7e9, "tokens": 2e12, "batchSeqs": 1024, "seqLen": 4096, "loss": 2.0},
    {"params": 26624, "tokens": 131072, "batchSeqs": 8, "seqLen": 64, "loss": 2.1},
]


def laws(params, tokens, batchSeqs, seqLen, loss):
    n, t, b, c = params, tokens, batchSeqs * seqLen, 6 * params * tokens
    porian = 2048 * 160 * (n / 108e6) ** (2 / 3)
    ladder = 0.0047 * (n / 108e6) ** (-1 / 3) / 2
    return {
        "kaplan": {"rate": 0.003239 - 0.0001395 * log(n), "criticalBatchTokens": 2e8 / loss ** (1 / 0.21)},
        "deepseek": {"rate": 0.3118 * c ** -0.1250, "batchTokens": 0.2920 * c ** 0.3271},
        "minicpm": {"rate": 0.01, "batchTokens": 1.21e9 / loss ** 6.24},
        "porian": {"rate": 3.7 * n ** -0.36, "batchTokens": 0.7576 * n ** 0.703},
        "porian-rounded": {"rate": 0.0047 * (n / 108e6) ** (-1 / 3), "batchTokens": porian},
        "power-scheduler": {"rate": b / 4096 * 4.6 * t ** -0.51},
        "moonlight": {"rate": 0.0127 * c ** -0.057, "batchTokens": 0.0065 * c ** 0.4138},
        "step-law": {"rate": 1.79 * n ** -0.713 * t ** 0.307, "batchTokens": 0.58 * t ** 0.571},
        "power-lines": {
            "batchTokens": 0.0306 * t ** 0.383 * 2048,
            "criticalBatchTokens": 0.0471 * t ** 0.462 * 2048,
            "timescale": 1.084 * (t / n) ** -0.527,
        },
        "ling": {"rate": 1.1576 * c ** -0.1529, "batchTokens": 0.0694 * c ** 0.3644},
        "marin-adamh": {"rate": min(0.01, 0.00630 * (b / (64 * 4096)) ** 0.5 * (2.5e9 / t) ** 0.3)},
        "olmo-ladder": {"rate": ladder, "batchTokens": porian},
        "olmo-ladder-stepped": {"rate": ladder / max(1, t / (20 * n)) ** 0.5, "batchTokens": porian},
    }


out = [{"point": point, "laws": laws(**point)} for point in POINTS]
Path(__file__).with_name("published.json").write_text(json.dumps(out, indent=1) + "\n")
