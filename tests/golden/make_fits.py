"""Writes fits.json: regressions of the data sets in data/, computed with NumPy and SciPy, for the tests of lib/fit.

Run:  python3 make_fits.py   (needs numpy, scipy)

Everything is by the textbook definition: numpy.linalg.lstsq for least squares, explicit refits for the
leave-one-out and leave-largest-out errors, scipy.stats.t for intervals. The optima of the quickstart sweep are
estimated here again: weighted parabola with weights exp(-(L/Lmin - 1)/0.01), replaced by the exact parabola through
the best point and its neighbours where the vertex leaves the range or its interpolated loss exceeds 1.0025 Lmin.
"""
import csv
import json
from pathlib import Path

import numpy as np
from scipy import stats

HERE = Path(__file__).parent


def rows(name):
    with open(HERE / "data" / name, newline="") as f:
        return list(csv.DictReader(f))


def clustered(x, y, clusters):
    """CR2 by its definition, with whole n x n matrices: A = (I - H)_gg^(-1/2), Satterthwaite's degrees of freedom from the
    covariance of what the clusters add (Pustejovsky and Tipton 2018), identity working model. None where a cluster
    alone decides a coefficient."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    n, p = x.shape
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ x.T @ y
    rest = np.eye(n) - x @ inverse @ x.T
    e = rest @ y
    groups = [np.flatnonzero([c == g for c in clusters]) for g in sorted(set(clusters))]
    meat, adjusted = np.zeros((p, p)), []
    for g in groups:
        values, vectors = np.linalg.eigh(rest[np.ix_(g, g)])
        if values.min() < 1e-8:
            return None
        a = vectors @ np.diag(values ** -0.5) @ vectors.T
        adjusted.append((g, a))
        u = x[g].T @ a @ e[g]
        meat += np.outer(u, u)
    covariance = inverse @ meat @ inverse
    df = []
    for j in range(p):
        rows = np.array([(inverse[j] @ x[g].T @ a) @ rest[g] for g, a in adjusted])
        omega = rows @ rows.T
        df.append(float(np.trace(omega) ** 2 / np.sum(omega ** 2)))
    se = np.sqrt(np.diag(covariance))
    q = stats.t.ppf(0.975, df)
    return {"se": se.tolist(), "df": df, "low": (beta - q * se).tolist(), "high": (beta + q * se).tolist()}


def regression(x, y, w=None, clusters=None):
    x, y = np.asarray(x, float), np.asarray(y, float)
    w = np.ones(len(y)) if w is None else np.asarray(w, float) / np.mean(w)
    root = np.sqrt(w)
    solve = lambda k: np.linalg.lstsq(x[k] * root[k, None], y[k] * root[k], rcond=None)[0]
    every = np.arange(len(y))
    beta = solve(every)
    r = y - x @ beta
    n, p = x.shape
    rss = float(np.sum(w * r * r))
    s2 = rss / (n - p)
    se = np.sqrt(np.diag(s2 * np.linalg.inv((x * w[:, None]).T @ x)))
    q = stats.t.ppf(0.975, n - p)
    k = p + 1
    loo = [y[i] - x[i] @ solve(np.delete(every, i)) for i in every]
    mean = np.sum(w * y) / n
    own = clusters is not None and clustered(x, y, clusters)
    q_plain = {"se": se.tolist(), "df": [n - p] * p, "low": (beta - q * se).tolist(), "high": (beta + q * se).tolist()}
    return {
        "clustered": own or q_plain,
        "coefficients": beta.tolist(), "se": se.tolist(), "low": (beta - q * se).tolist(), "high": (beta + q * se).tolist(),
        "r2": 1 - rss / float(np.sum(w * (y - mean) ** 2)), "sdLog2": float(np.sqrt(s2) / np.log(2)),
        "aicc": float(n * np.log(rss / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1)) if n > k + 1 else None,
        "looLog2": float(np.sqrt(np.mean(np.square(loo))) / np.log(2)),
    }


def optimum(points):
    points = sorted(points)
    x, loss = np.log([p[0] for p in points]), np.array([p[1] for p in points])
    best = int(np.argmin(loss))
    w = np.exp(-(loss / loss[best] - 1) / 0.01)
    use = w > 1e-6
    c = np.polyfit(x[use] - x[best], loss[use], 2, w=np.sqrt(w[use]))
    vertex = x[best] - c[1] / (2 * c[0])
    fine = x[use].min() <= vertex <= x[use].max() and np.interp(vertex, x, loss) <= 1.0025 * loss[best]
    if use.sum() < 4 or c[0] <= 0 or not fine:
        near = slice(best - 1, best + 2)
        c = np.polyfit(x[near] - x[best], loss[near], 2)
        vertex = x[best] - c[1] / (2 * c[0])
    return float(vertex), float(loss[best])


def trunks(keys):
    """Of each (size, tokens, batch) its size and batch."""
    return [(k[0], k[2]) for k in keys]


def quickstart():
    curves = {}
    for r in rows("quickstart-a.csv"):
        key = (int(r["nonEmbActiveParams"]), int(r["tokens"]), int(r["batchSeqs"]))
        curves.setdefault(key, []).append((float(r["peakLr"]), float(r["finalLoss"])))
    keys = sorted(curves)
    best = {k: optimum(curves[k]) for k in keys}
    out = {}
    for name, sizes in (("27k", [26624]), ("94k", [94208]), ("pooled", [26624, 94208])):
        chosen = [k for k in keys if k[0] in sizes]
        y = [best[k][0] for k in chosen]
        out[f"power-free {name}"] = regression([[1, np.log(k[2]), np.log(k[1])] for k in chosen], y, clusters=trunks(chosen))
        cells = sorted({k[:2] for k in chosen})
        top = [sorted((k for k in chosen if k[:2] == c), key=lambda k: best[k][1])[:3] for c in cells]
        flat = sorted(k for cell in top for k in cell)
        y = [best[k][0] - np.log(k[2]) for k in flat]
        out[f"power {name}"] = regression([[1, np.log(k[1])] for k in flat], y, clusters=trunks(flat))
        mean = [np.log(np.mean([np.exp(best[k][0]) / k[2] for k in cell])) for cell in top]
        out[f"power-averaged {name}"] = regression([[1, np.log(c[1])] for c in cells], mean, clusters=[c[0] for c in cells])
    y = [best[k][0] for k in keys]
    x = [[1, np.log(k[2]), np.log(k[1]), np.log(k[0])] for k in keys]
    out["power-free-size pooled"] = regression(x, y, clusters=trunks(keys))
    return out


def porian():
    groups = {}
    for r in rows("porian-optima.csv"):
        if not r["n_star"] or not r["ln_n_star_std"]:
            continue
        key = "/".join(r[c] for c in ("dataset", "hparams", "warmup", "decay", "param_count", "split"))
        groups.setdefault(key, []).append(r)
    out = []
    for key, group in groups.items():
        x = [[1, np.log(float(r["flops"]))] for r in group]
        y = [np.log(float(r["n_star"])) for r in group]
        w = [1 / float(r["ln_n_star_std"]) ** 2 for r in group]
        out.append({"key": key, "ols": regression(x, y), "weighted": regression(x, y, w)})
    return out


if __name__ == "__main__":
    (HERE / "fits.json").write_text(json.dumps({"source": "make_fits.py", "quickstart": quickstart(), "porian": porian()}, indent=1) + "\n")
