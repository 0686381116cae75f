"""Writes schedule.json: learning rates every implementation of the schedules must reproduce.

Run:  python3 make_schedule.py   (standard library only)

Two kinds of cases:
- "reference: ..." are numbers printed in the technical extract of the Power Scheduler paper
  (arXiv 2408.13359, equations 2, 7, 8). They are typed in, not computed here.
- "computed: ..." are evaluated with 50-digit decimals by this script, from the definitions, with
  its own series for cos and sqrt/exp/ln of the decimal module; no code is shared with the product.

A value passes when |lr - expected| <= relTol x |expected| + 1e-14 x peakLr (the second term is for the
exact zero at the end of a decay).

n is the number of tokens trained before the step. Branches:
  n < W            linear warmup towards the value at n = W
  n <= N - D       stable value
  otherwise        f((n - (N - D)) / D) x the value frozen at N - D
with D = decayFraction x N. Decay shapes with end ratio r:
  exp      ((1-r) e/(e-1)) exp(-x) + (r e - 1)/(e-1)
  linear   1 - (1-r) x
  1-sqrt   1 - (1-r) sqrt(x)
  cosine   r + (1-r) (1 + cos(pi x))/2
The kinds "linear" and "cosine" use the same f over the whole stretch from W to N.
"""
import json
from decimal import Decimal as D, getcontext
from pathlib import Path

getcontext().prec = 50
PI = D("3.14159265358979323846264338327950288419716939937510582097494459")


def cos(x):
    term, total, k = D(1), D(1), 0
    while abs(term) > D("1e-45"):
        k += 2
        term = -term * x * x / (k * (k - 1))
        total += term
    return total


def shape(name, x, r):
    e = D(1).exp()
    if name == "exp":
        return (1 - r) * e / (e - 1) * (-x).exp() + (r * e - 1) / (e - 1)
    if name == "linear":
        return 1 - (1 - r) * x
    if name == "1-sqrt":
        return 1 - (1 - r) * x.sqrt()
    return r + (1 - r) * (1 + cos(PI * x)) / 2


def stable(s, batch, n):
    if s["kind"] != "power":
        return D(repr(s["peakLr"]))
    power = D(batch) * D(repr(s["a"])) * (D(repr(s["b"])) * n.ln()).exp()
    return min(D(repr(s["peakLr"])), power)


def rate(s, total, batch, n):
    n, total, warmup = D(n), D(total), D(s["warmupTokens"])
    if n < warmup:
        return n / warmup * stable(s, batch, warmup)
    if s["kind"] in ("linear", "cosine"):
        return stable(s, batch, n) * shape(s["kind"], (n - warmup) / (total - warmup), D(repr(s["finalLrFraction"])))
    if s["kind"] == "constant":
        return stable(s, batch, n)
    decay = D(repr(s["decayFraction"])) * total
    start = total - decay
    if n <= start:
        return stable(s, batch, n)
    return stable(s, batch, start) * shape(s["decayShape"], (n - start) / decay, D(repr(s["finalLrFraction"])))


def schedule(kind, peak, warmup, fraction=0.1, decay="exp", final=0.0, a=4, b=-0.51):
    return {"kind": kind, "peakLr": peak, "warmupTokens": warmup, "decayFraction": fraction,
            "decayShape": decay, "finalLrFraction": final, "a": a, "b": b}


def power(decay="exp", warmup=0, fraction=0.0):
    return schedule("power", 0.02, warmup, fraction, decay)


def case(name, s, total, batch, points, tol=1e-9):
    return {"name": name, "schedule": s, "totalTokens": total, "batchSeqs": batch, "relTol": tol,
            "points": [[n, lr] for n, lr in points]}


def computed(name, s, total, batch, at):
    return case("computed: " + name, s, total, batch, [(n, float(rate(s, total, batch, n))) for n in at])


CAPPED = {
    128: [(1e8, 0.02), (1e9, 0.013160426407776581), (1e10, 0.00406696056178832),
          (1e11, 0.0012568109648307352), (1e12, 0.000388391718414942)],
    256: [(1e9, 0.02), (2e9, 0.018483093430928837), (1e10, 0.00813392112357664), (1e12, 0.000776783436829884)],
    512: [(2e9, 0.02), (1e10, 0.01626784224715328), (1e11, 0.005027243859322941), (1e12, 0.001553566873659768)],
    1024: [(1e10, 0.02), (3.2e10, 0.017977672269076445), (1e11, 0.010054487718645881),
           (9e11, 0.0032786591384552552), (1e12, 0.003107133747319536), (2.5e12, 0.0019471999222502063)],
}
LARGE = {
    "exp": [(0, 0), (5e8, 0.01), (1e9, 0.02), (2.5e10, 0.02), (2.6e10, 0.019985892196371497),
            (5e11, 0.004424714420616648), (9e11, 0.0032786591384552552), (9.25e11, 0.002131351360100301),
            (9.5e11, 0.0012378271638935486), (9.75e11, 0.0005419498201944819), (1e12, 0)],
    "linear": [(0, 0), (5e8, 0.01), (1e9, 0.02), (2.5e10, 0.02), (2.6e10, 0.019985892196371497),
               (5e11, 0.004424714420616648), (9e11, 0.0032786591384552552), (9.25e11, 0.0024589943538414413),
               (9.5e11, 0.0016393295692276276), (9.75e11, 0.0008196647846138138), (1e12, 0)],
}
SMALL = {
    "exp": [(5e8, 0.0065802132038882905), (1e9, 0.013160426407776581), (1.6e10, 0.0032001384638947958),
            (2.88e10, 0.0023712633678872773), (3.04e10, 0.0008952483578087056), (3.2e10, 0)],
    "linear": [(5e8, 0.0065802132038882905), (1e9, 0.013160426407776581), (1.6e10, 0.0032001384638947958),
               (2.88e10, 0.0023712633678872773), (3.04e10, 0.0011856316839436386), (3.2e10, 0)],
}
EXP_SHAPE = [(0, 1), (0.25, 0.6500679912412274), (0.5, 0.3775406687981455), (0.75, 0.16529617667111998), (1, 0)]
DOLOMITE = [(100, 0.008368200836820083), (2000, 0.02), (6190, 0.02), (6191, 0.01999886674150998),
            (10000, 0.015660419686551373), (100000, 0.004839532342859562), (238419, 0.0031071309498409844)]

PROXY_AT = [0, 512, 32768, 65536, 131072, 524288, 943718, 943719, 944128, 970000, 996147, 1040000, 1048064, 1048576]


def cases():
    for batch, points in CAPPED.items():
        yield case(f"reference: capped power law, batch {batch}", power(), 4 * 10**12, batch, points)
    for shape_name, points in LARGE.items():
        yield case(f"reference: full power schedule, batch 1024, N 1e12, {shape_name} decay",
                   power(shape_name, 10**9, 0.1), 10**12, 1024, points)
    for shape_name, points in SMALL.items():
        yield case(f"reference: full power schedule, batch 128, N 3.2e10, {shape_name} decay",
                   power(shape_name, 10**9, 0.1), 32 * 10**9, 128, points)
    # f(x) alone: WSD of peak 1 whose decay is the last 4,000 of 40,000 tokens.
    yield case("reference: exp decay shape", schedule("wsd", 1.0, 0), 40000, 8,
               [(36000 + 4000 * x, f) for x, f in EXP_SHAPE])
    # Steps of 1024 x 4096 tokens, warmup of 239 steps.
    yield case("reference: same law in steps (batch 1024, sequence 4096)", power("exp", 239 * 4194304, 0.0),
               4 * 10**12, 1024, [(step * 4194304, lr) for step, lr in DOLOMITE])
    for shape_name in ("exp", "linear", "1-sqrt", "cosine"):
        for final in (0.0, 0.1):
            yield computed(f"wsd, {shape_name} decay to {final}", schedule("wsd", 0.004, 65536, 0.1, shape_name, final),
                           1048576, 8, PROXY_AT)
    yield computed("wsd, 20% 1-sqrt decay, no warmup", schedule("wsd", 0.008, 0, 0.2, "1-sqrt"), 131072, 4,
                   [0, 256, 65536, 104857, 104858, 105000, 118000, 131072])
    for final in (0.0, 0.1):
        yield computed(f"cosine to {final}", schedule("cosine", 0.008, 65536, 0.1, "exp", final), 1048576, 8, PROXY_AT)
        yield computed(f"linear to {final}", schedule("linear", 0.008, 65536, 0.1, "exp", final), 1048576, 8, PROXY_AT)
    yield computed("constant with warmup", schedule("constant", 0.004, 65536), 1048576, 8, PROXY_AT)
    yield computed("constant without warmup", schedule("constant", 0.004, 0), 1048576, 8, PROXY_AT)
    for shape_name in ("exp", "1-sqrt", "cosine"):
        yield computed(f"power at proxy scale, {shape_name} decay to 0.05",
                       schedule("power", 0.032, 65536, 0.1, shape_name, 0.05, 0.35, -0.5), 1048576, 8, PROXY_AT)
    yield computed("power whose warmup ends below the cap", schedule("power", 0.032, 65536, 0.1, "exp", 0.0, 0.35, -0.5),
                   262144, 2, [0, 128, 32768, 65535, 65536, 100000, 235929, 235930, 240000, 262144])


if __name__ == "__main__":
    text = {"source": "make_schedule.py; reference values from arXiv 2408.13359, computed values with 50-digit decimals; "
            "pass when |lr - expected| <= relTol * |expected| + 1e-14 * peakLr",
            "cases": list(cases())}
    lines = ",\n".join("  " + json.dumps(c) for c in text["cases"])
    Path(__file__).with_name("schedule.json").write_text(
        '{"source": ' + json.dumps(text["source"]) + ',\n "cases": [\n' + lines + "\n]}\n")
