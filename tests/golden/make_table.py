"""Writes data/odd-table.csv, a synthetic results table with every oddity that files have, and table.json, what an
independent computation (numpy) makes of it: optima by every estimator, and fits of every linear form.

The losses are made up from a law; they are measurements of nothing.   python3 tests/golden/make_table.py
"""
import json
from collections import defaultdict
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
rng = np.random.default_rng(7)
SEQ = 2048


def table():
    """(lr, bs, tokens, params, loss or None) with repeats, ragged grids and divergence."""
    rows = []
    for n in (6.03e7, 1.19e8, 2.15e8, 4.29e8):
        for d in (4e9, 2e10, 5e10, 1e11):
            for bs in (32, 64, 128, 256, 512):
                best = 1.79 * n**-0.713 * d**0.307 * (bs * SEQ / (0.58 * d**0.571)) ** 0.35
                best *= 40 if bs == 512 and d == 1e11 else 1  # beyond the grid: censored
                for k in range(9):
                    lr = 1.22e-4 * 2**k
                    x = np.log(lr / best) + 0.15 * rng.standard_normal() * 0.1
                    b = np.log(bs * SEQ / (0.58 * d**0.571))
                    loss = 1.7 + 406.4 / n**0.34 + 410.7 / d**0.28 + 0.018 * x * x + 0.002 * x**3 + 0.004 * b * b
                    loss += (0.02 if bs == 32 else 0.0004) * rng.standard_normal()  # ragged: the weighted parabola is refused
                    rows.append((lr, bs, d, n, None if x > 3.0 else round(float(loss), 6)))
                    if k == 4:  # a repeat with another loss
                        rows.append((lr, bs, d, n, round(float(loss) + 0.0003, 6)))
    order = rng.permutation(len(rows))
    return [rows[i] for i in order]


def write(rows):
    lines = ['\ufeff lr ,"bs", D,N,"smooth loss",note']
    for i, (lr, bs, d, n, loss) in enumerate(rows):
        lr_text = f"{lr:.8e}" if i % 2 else repr(lr)
        lines.append(f'{lr_text},{bs},{d:.6E},{n:.0f},{"NaN" if loss is None else repr(loss)},"a ""quoted"" note, {i}"')
        if i % 97 == 0:
            lines.append("")
    (HERE / "data" / "odd-table.csv").write_text("\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")


def curves(rows):
    groups = defaultdict(lambda: defaultdict(list))
    for lr, bs, d, n, loss in rows:
        groups[(n, d, bs)][float(f"{lr:.6g}")].append(loss)
    out = {}
    for key, points in groups.items():
        good = []
        for lr in sorted(points):
            losses = [v for v in points[lr] if v is not None]
            if losses and 2 * len(losses) > len(points[lr]):
                good.append((lr, float(np.mean(sorted(losses)))))
        out[key] = (good, any(v is None for vs in points.values() for v in vs))
    return out


def estimates(good):
    """argmin, exact parabola through three, weighted parabola with its standard error; None where not interior."""
    x = np.log([p[0] for p in good])
    y = np.array([p[1] for p in good])
    i = int(np.argmin(y))
    out = {"argmin": float(np.exp(x[i])), "interior": 0 < i < len(x) - 1, "parabola": None, "ew": None, "ewSe": None}
    if not out["interior"]:
        return out
    a2, a1, a0 = np.polyfit(x[i - 1 : i + 2] - x[i], y[i - 1 : i + 2], 2)
    out["parabola"] = float(np.exp(x[i] - a1 / (2 * a2)))
    out["parabolaLoss"] = float(a0 - a1**2 / (4 * a2))
    w = np.exp(-(y / y[i] - 1) / 0.01)
    use = w > 1e-6
    if use.sum() >= 4:
        d = x[use] - x[i]
        design = np.stack([np.ones_like(d), d, d * d], axis=1)
        root = np.sqrt(w[use])
        c, *_ = np.linalg.lstsq(design * root[:, None], y[use] * root, rcond=None)
        vertex = x[i] - c[1] / (2 * c[2])
        reading = np.interp(vertex, x, y)
        if c[2] > 0 and x[use].min() <= vertex <= x[use].max() and reading <= 1.0025 * y[i]:
            n = int(use.sum())
            r = y[use] - design @ c
            s2 = (w[use] * r * r).sum() / w[use].sum() * n / (n - 3)
            cov = s2 * np.linalg.inv(design.T @ (design * w[use][:, None]))
            g = np.array([0, -1 / (2 * c[2]), c[1] / (2 * c[2] ** 2)])
            out["ew"] = float(np.exp(vertex))
            out["ewSe"] = float(np.sqrt(g @ cov @ g))
            out["ewLoss"] = float(c[0] - c[1] ** 2 / (4 * c[2]))
    return out


def wls(x, y, w):
    w = w / w.mean()
    root = np.sqrt(w)
    q, r = np.linalg.qr(x * root[:, None])
    c = np.linalg.solve(r, q.T @ (y * root))
    e = y - x @ c
    s2 = (w * e * e).sum() / (len(y) - x.shape[1])
    ri = np.linalg.inv(r)
    return c, s2 * ri @ ri.T, e


def huber(x, y, base):
    c, cov, e = wls(x, y, base)
    for _ in range(100):
        scaled = e * np.sqrt(base)
        scale = np.median(np.abs(scaled - np.median(scaled))) / 0.6744897501960817
        new, _, e = wls(x, y, base * np.minimum(1, 1.345 / np.maximum(np.abs(scaled) / scale, 1e-300)))
        done = np.max(np.abs(new - c)) < 1e-12
        c = new
        if done:
            break
    # Huber 1981, section 7.6
    n, p = x.shape
    scaled = e * np.sqrt(base)
    scale = np.median(np.abs(scaled - np.median(scaled))) / 0.6744897501960817
    psi = np.clip(scaled, -1.345 * scale, 1.345 * scale)
    inside = np.mean(np.abs(scaled) <= 1.345 * scale)
    k = 1 + p / n * (1 - inside) / inside
    cov = k**2 * (psi**2).sum() / (n - p) / inside**2 * np.linalg.inv(x.T @ (x * base[:, None]))
    return c, cov, e


def by_se(x, y, se):
    """1 / (se^2 + tau^2), tau^2 by DerSimonian and Laird for a regression."""
    v = np.maximum(se, 0.05) ** 2
    w = np.diag(1 / v)
    inverse = np.linalg.inv(x.T @ w @ x)
    e = y - x @ (inverse @ x.T @ w @ y)
    trace = np.trace(w) - np.trace(inverse @ x.T @ w @ w @ x)
    return 1 / (v + max(0, (e @ w @ e - (len(y) - x.shape[1])) / trace))


def design(form, row):
    ln = {k: np.log(row[k]) for k in ("batch", "T", "N")}
    return {
        "power": [1, ln["T"]],
        "power-free": [1, ln["batch"], ln["T"]],
        "power-free-size": [1, ln["batch"], ln["T"], ln["N"]],
        "step-law": [1, ln["N"], ln["T"]],
        "compute": [1, np.log(6) + ln["N"] + ln["T"]],
        "horizon": [1, -ln["N"], -ln["T"]],
    }[form]


def fits(all_curves):
    cells = defaultdict(list)
    read = {key: (good, estimates(good)) for key, (good, _) in all_curves.items()}
    for key in sorted(read):
        cells[key[:2]].append(key)
    out = []
    for estimator in ("ew", "parabola", "argmin", "near-optimal"):
        for form in ("power", "power-averaged", "power-free", "power-free-size", "step-law", "compute", "horizon"):
            if estimator == "near-optimal" and form == "power-averaged":
                continue
            for weights in ("none", "se"):
                for robust in ("none", "huber"):
                    rows = observations(form, estimator, cells, read)
                    base = "power" if form.startswith("power-av") else form
                    x = np.array([design(base, r) for r in rows])
                    y = np.array([np.log(r["lr"]) - (np.log(r["batch"]) if base == "power" else 0) for r in rows])
                    w = by_se(x, y, np.array([r["se"] for r in rows])) if weights == "se" else np.ones(len(rows))
                    c, cov, _ = (huber if robust == "huber" else wls)(x, y, w)
                    out.append({"form": form, "estimator": estimator, "weights": weights, "robust": robust,
                                "n": len(rows), "coefficients": c.tolist(), "se": np.sqrt(np.diag(cov)).tolist()})
    return out


GRID_SE = np.log(2) / np.sqrt(12)


def observations(form, estimator, cells, read):
    rows = []
    for (n, d), keys in cells.items():
        cell = []
        if estimator == "near-optimal":
            limit = 1.0025 * min(loss for k in keys for _, loss in read[k][0])
            for k in keys:
                cell += [{"N": n, "T": d, "batch": k[2], "lr": lr, "loss": loss, "se": GRID_SE}
                         for lr, loss in read[k][0] if loss <= limit]
            rows += cell
            continue
        for k in keys:
            e = read[k][1]
            if not e["interior"]:
                continue
            use_ew = estimator == "ew" and e["ew"] is not None
            if estimator == "argmin":
                lr, se, loss = e["argmin"], GRID_SE, min(loss for _, loss in read[k][0])
            elif use_ew:
                lr, se, loss = e["ew"], e["ewSe"], e["ewLoss"]
            else:
                lr, se, loss = e["parabola"], GRID_SE, e["parabolaLoss"]
            cell.append({"N": n, "T": d, "batch": k[2], "lr": lr, "se": se, "loss": loss})
        if not cell:
            continue
        cell.sort(key=lambda r: (r["loss"], r["batch"]))
        if form in ("power", "power-averaged"):
            cell = cell[:3]
        if form == "power-averaged":
            gamma = np.mean([r["lr"] / r["batch"] for r in cell])
            se = np.sqrt(sum((r["lr"] / r["batch"] * r["se"]) ** 2 for r in cell)) / len(cell) / gamma
            cell = [{**cell[0], "batch": 1, "lr": gamma, "se": se}]
        elif form in ("step-law", "compute", "horizon"):
            cell = [min(cell, key=lambda r: r["loss"])]
        rows += cell
    return rows


if __name__ == "__main__":
    rows = table()
    write(rows)
    read = curves(rows)
    optima = [{"params": n, "tokens": d, "batchSeqs": bs, **estimates(good)} for (n, d, bs), (good, _) in sorted(read.items())]
    answer = {"source": "make_table.py", "rows": len(rows), "optima": optima, "fits": fits(read)}
    (HERE / "table.json").write_text(json.dumps(answer, indent=1) + "\n")
    print(len(rows), "rows;", sum(o["interior"] for o in optima), "of", len(optima), "interior;", sum(o["ew"] is not None for o in optima), "by ew")
