"""Writes surface.json: the surface of the quickstart's sweep by whole matrices (NumPy, SciPy), for the tests of lib/fit.

Run:  python3 make_surface.py   (needs numpy, scipy)

Shape: weighted least squares with dummies and slopes for every curve, in turn with the optima. Variances: dense REML,
minimised by scipy. Covariance: CR2 with A = (I - H)_gg^(-1/2) on whitened data, Satterthwaite's degrees of freedom.
"""
import json
from pathlib import Path

import numpy as np
from scipy import optimize, stats

from make_fits import clustered, rows

HERE = Path(__file__).parent


def curves():
    out = {}
    for r in rows("quickstart-a.csv"):
        key = (int(r["nonEmbActiveParams"]), int(r["tokens"]), int(r["batchSeqs"]))
        out.setdefault(key, []).append((float(r["peakLr"]), float(r["finalLoss"])))
    return {k: sorted(v) for k, v in sorted(out.items())}


def points(curve):
    x, loss = np.log([p[0] for p in curve]), np.array([p[1] for p in curve])
    w = np.exp(-(loss / loss.min() - 1) / 0.01)
    use = w > 1e-6
    x, y, w = x[use], np.log(loss[use]), w[use]
    return x - np.sum(w * x) / w.sum(), y, w, np.sum(w * x) / w.sum()


def surface(curves):
    data = [points(c) for c in curves.values()]
    best = np.zeros(len(data))
    y = np.concatenate([d[1] for d in data])
    w = np.concatenate([d[2] for d in data])
    root = np.sqrt(w)
    for step in range(6):
        blocks = []
        for i, (d, _, _, _) in enumerate(data):
            block = np.zeros((len(d), 2 * len(data) + 2))
            block[:, 2 * i], block[:, 2 * i + 1] = 1, d
            block[:, -2], block[:, -1] = d**2, d**3 - 3 * best[i] * d**2
            blocks.append(block)
        x = np.vstack(blocks)
        if step == 0:
            x = x[:, :-1]
        c = np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0]
        k, g = (c[-1], 0.0) if step == 0 else (c[-2], c[-1])
        # slope = -2 k best + 3 g best^2, where the best of the round before is in the regressor
        slope = c[1 : 2 * len(data) : 2]
        best = -slope / (k + np.sqrt(np.maximum(k * k + 3 * g * slope, (k / 4) ** 2)))
    squares, expected = 0.0, 0.0
    for i, (d, yi, wi, _) in enumerate(data):
        if len(d) < 4:
            continue
        rest = yi - g * (d**3 - 3 * best[i] * d**2)
        resid = rest - np.polyval(np.polyfit(d, rest, 2, w=np.sqrt(wi)), d)
        squares += np.sum(wi * resid**2)
        # E sum w e^2 = noise tr(W (I - H)(I - H)'), H projecting on parabolas with the weights
        design = np.vander(d, 3)
        hat = design @ np.linalg.solve(design.T @ (wi[:, None] * design), (design * wi[:, None]).T)
        left = np.eye(len(d)) - hat
        expected += np.trace(np.diag(wi) @ left @ left.T)
    noise = squares / expected
    own, weight = [], []
    for i, (d, yi, wi, _) in enumerate(data):
        design = np.column_stack([np.ones_like(d), d])
        inner = np.diag(wi) - np.diag(wi) @ design @ np.linalg.inv(design.T @ np.diag(wi) @ design) @ design.T @ np.diag(wi)
        col = d**2
        kk = col @ inner @ col
        own.append((col @ inner @ (yi - g * (d**3 - 3 * best[i] * d**2))) / kk / k - 1)
        weight.append((kk * k) ** 2 / (noise * np.sum((inner @ col) ** 2)))
    own, weight = np.array(own), np.array(weight)
    between = (np.sum(weight * own**2) - (len(own) - 1)) / (weight.sum() - np.sum(weight**2) / weight.sum())
    scatter2 = max(0.0, between)
    trust = scatter2 / (scatter2 + 1 / weight)
    factor = np.maximum(0.25, 1 + trust * own)
    for _ in range(6):
        slope = np.array([
            np.polyfit(d, yi - f * (k * d**2 + g * (d**3 - 3 * b * d**2)), 1, w=np.sqrt(wi))[0]
            for (d, yi, wi, _), f, b in zip(data, factor, best)
        ])
        best = -slope / (k * factor + np.sqrt(np.maximum((k * factor) ** 2 + 3 * g * factor * slope, (k * factor / 4) ** 2)))
    doubt = np.maximum(scatter2 * (1 - trust), 0.2**2)
    shapes = np.column_stack([k * factor, g * factor])
    error = [errors(d, wi, b, shape, noise, v) for (d, _, wi, _), b, shape, v in zip(data, best, shapes, doubt)]
    mean = np.sum((1 + own) / (1 / weight + scatter2)) / np.sum(1 / (1 / weight + scatter2))
    return {
        "k": k * mean, "g": g * mean, "noise": noise, "scatter": scatter2**0.5,
        "lnLr": np.array([d[3] for d in data]) + best, "variance": np.array(error), "shapes": shapes, "doubt": doubt,
    }


def errors(d, w, best, shape, noise, doubt):
    """Variance of a vertex: of the slope by the noise, and by a shape that is off, numerically."""
    k, g = shape
    line = np.vander(d, 2)
    takes = np.linalg.solve(line.T @ (w[:, None] * line), (line * w[:, None]).T)[0]
    bend = max(2 * k - 6 * g * best, k / 2)

    def slope(factor):
        curve = factor * (k * d**2 + g * (d**3 - 3 * best * d**2))
        return takes @ curve - factor * (2 * k * best - 3 * g * best**2)

    lever = (slope(1 + 1e-4) - slope(1 - 1e-4)) / 2e-4 / bend
    return noise * np.sum(takes**2) / bend**2 + doubt * lever**2


def at_law(sweep, keys, found):
    """Variances that readings are expected to have at the rates of a law by plain least squares."""
    x = np.array([[1, np.log(k[2]), np.log(k[1])] for k in keys])
    law = x @ np.linalg.lstsq(x, found["lnLr"], rcond=None)[0]
    out = []
    for key, ln_lr, (k, g), doubt in zip(keys, law, found["shapes"], found["doubt"]):
        u = np.log([p[0] for p in sweep[key]]) - ln_lr
        rise = np.expm1(k * u**2 * np.maximum(1 + g * u / k, 0.25))
        w = np.exp((rise.min() - rise) / 0.01)
        mean = np.sum(w * u) / w.sum()
        out.append(errors(u - mean, w, -mean, (k, g), found["noise"], doubt))
    return np.array(out)


def law(sweep, keys, found):
    x = np.array([[1, np.log(k[2]), np.log(k[1])] for k in keys])
    y, v = found["lnLr"], at_law(sweep, keys, found)
    trunks = [(k[0], k[2]) for k in keys]
    same = np.array([[a == b for b in trunks] for a in trunks], float)

    def covariance(sd):
        return np.diag(v + sd[0] ** 2) + sd[1] ** 2 * same

    def reml(sd):
        m = covariance(sd)
        inverse = np.linalg.inv(m)
        gram = x.T @ inverse @ x
        p = inverse - inverse @ x @ np.linalg.inv(gram) @ x.T @ inverse
        return np.linalg.slogdet(m)[1] + np.linalg.slogdet(gram)[1] + y @ p @ y

    best = min((optimize.minimize(reml, s, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 5000})
                for s in ([0.1, 0.1], [0.01, 0.1], [0.1, 0.01])), key=lambda r: r.fun)
    m = covariance(best.x)
    # symmetric root of each trunk's block after scaling by the diagonal, as whitening is not unique
    scale = 1 / np.sqrt(v + best.x[0] ** 2)
    values, vectors = np.linalg.eigh(m * np.outer(scale, scale))
    white = (vectors * values**-0.5) @ vectors.T @ np.diag(scale)
    wx, wy = white @ x, white @ y
    beta = np.linalg.lstsq(wx, wy, rcond=None)[0]
    return {"coefficients": beta.tolist(), "curve": best.x[0] ** 2, "trunk": best.x[1] ** 2, **clustered(wx, wy, trunks)}


if __name__ == "__main__":
    sweep = curves()
    found = surface(sweep)
    keys = list(sweep)
    out = {
        "source": "make_surface.py", **{name: float(found[name]) for name in ("k", "g", "noise", "scatter")},
        "optima": [{"params": k[0], "tokens": k[1], "batchSeqs": k[2], "lr": float(np.exp(a)), "se": float(np.sqrt(b))}
                   for k, a, b in zip(keys, found["lnLr"], found["variance"])],
        "law": law(sweep, keys, found),
    }
    (HERE / "surface.json").write_text(json.dumps(out, indent=1) + "\n")
