"""Writes schedule-law.json: losses of the multi-power law (arXiv 2503.12811) that lib/schedule-law must reproduce.

Run:  python3 make_schedule_law.py   (needs numpy)

Every step by itself, from the definition; no code is shared with the product:

  L(t) = L0 + A S(t)^-alpha - B sum_{k=1..t} (eta_{k-1} - eta_k) G(eta_k^-gamma S_k(t)),  G(x) = 1 - (1 + C x)^-beta

S(t) is the sum of eta over steps 0 to t, S_k(t) that over steps k to t. eta follows the logged rates: up a straight line
from 0 at step 0 to the first rate at the end of the warmup, then straight lines between logged steps; that of wsdcon_9
holds its first rate until the step that has the second.
"""
import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
WARMUP = 2160
LAW = {"L0": 3.04045406, "A": 0.52468604, "alpha": 0.50786857, "B": 363.78751622, "C": 2.06560812,
       "beta": 0.58279013, "gamma": 0.64142257}


def rates_of(name, steps, rates):
    every = np.arange(steps[-1] + 1)
    if name.startswith("wsdcon"):
        peak = rates[0]
        jump = steps[np.flatnonzero(rates != peak)[0]]
        after = np.where(every < jump, peak, rates[-1])
        return np.where(every < WARMUP, peak * every / WARMUP, after)
    return np.interp(every, np.r_[0, WARMUP - 1e-9, steps], np.r_[0.0, rates[0], rates])


def loss(eta, t):
    total, drop = 0.0, 0.0
    since = 0.0
    for k in range(t, 0, -1):
        since += eta[k]
        if eta[k - 1] != eta[k]:
            x = eta[k] ** -LAW["gamma"] * since
            drop += (eta[k - 1] - eta[k]) * (1 - (1 + LAW["C"] * x) ** -LAW["beta"])
    total = since + eta[0]
    return LAW["L0"] + LAW["A"] * total ** -LAW["alpha"] - LAW["B"] * drop


def case(name):
    table = np.loadtxt(HERE / "data" / "multi-power-law" / "25M" / f"{name}.csv", delimiter=",", skiprows=1)
    steps, rates = table[:, 0].astype(int), table[:, 1]
    eta = rates_of(name, steps, rates)
    at = sorted({*steps[:: len(steps) // 12].tolist(), int(steps[-1])})
    return {"curve": name, "points": [[t, loss(eta, t)] for t in at]}


if __name__ == "__main__":
    cases = [case(name) for name in ("cosine_24000", "wsdcon_9", "wsdld_20000_24000")]
    text = {"source": "make_schedule_law.py", "warmupSteps": WARMUP, "law": LAW, "cases": cases}
    (HERE / "schedule-law.json").write_text(json.dumps(text, indent=1) + "\n")
