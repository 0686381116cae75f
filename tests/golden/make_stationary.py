"""Writes stationary.json: where losses are least along an axis, computed with NumPy and SciPy, for lib/fit/stationary.

Run:  python3 make_stationary.py   (needs numpy, scipy)

Everything by its definition: cell means by projection, CR2 with whole n x n matrices, once over trunks and once over
cells, and the ends of the interval as the roots, by bisection, of |a'b - u k| = t sd(a'b - u k).
"""
import json
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.optimize import brentq

HERE = Path(__file__).parent


def points(bend, noise, seed):
    """Three sizes x four lengths x five batches; the best batch moves by length^0.4; errors half of trunks."""
    random = np.random.default_rng(seed)
    found = []
    for size in range(3):
        trunk = random.normal(0, noise, 5)
        for length in range(4):
            z = length * np.log(4) - 1.5 * np.log(4)
            for i, batch in enumerate([32, 64, 128, 256, 512]):
                x = np.log(batch)
                best = 4.6 + 0.4 * z
                y = 1 + 0.1 * size - 0.05 * length + bend * (x - best) ** 2 + trunk[i] + random.normal(0, noise)
                found.append({"cell": f"{size} {length}", "trunk": f"{size} {batch}", "x": x, "y": y, "z": [1, z]})
    return found


def stationary(data):
    cells = np.array([p["cell"] for p in data])
    trunks = np.array([p["trunk"] for p in data])
    x = np.array([p["x"] for p in data])
    y = np.array([p["y"] for p in data])
    z = np.array([p["z"] for p in data])
    design = np.column_stack([x ** 2, x[:, None] * z])
    n = len(data)
    same = (cells[:, None] == cells[None, :]).astype(float)
    within = np.eye(n) - same / same.sum(axis=1, keepdims=True)
    design, y = within @ design, within @ y
    inverse = np.linalg.inv(design.T @ design)
    b = inverse @ design.T @ y
    rest = np.eye(n) - design @ inverse @ design.T
    residual = rest @ y

    def interval(where, keys):
        """Both ends of Fieller's interval by the covariance over these clusters; None where there are none."""
        meat, adjusted = np.zeros((3, 3)), []
        for name in sorted(set(keys)):
            g = np.flatnonzero(keys == name)
            values, vectors = np.linalg.eigh(rest[np.ix_(g, g)])
            # The mean of a cell is no error of its own.
            a = vectors @ np.diag([v ** -0.5 if v > 1e-8 else 0 for v in values]) @ vectors.T
            adjusted.append((g, a))
            u = design[g].T @ a @ residual[g]
            meat += np.outer(u, u)
        covariance = inverse @ meat @ inverse

        def degrees(contrast):
            rows = np.array([(inverse @ contrast @ design[g].T @ a) @ rest[g] for g, a in adjusted])
            omega = rows @ rows.T
            return float(np.trace(omega) ** 2 / np.sum(omega ** 2))

        a = np.array([0, -where[0] / 2, -where[1] / 2])
        best = a @ b / b[0]
        df = degrees(a - best * np.array([1, 0, 0]))
        t = stats.t.ppf(0.975, df)

        def beyond(u):
            c = a - u * np.array([1, 0, 0])
            return (c @ b) ** 2 - t ** 2 * c @ covariance @ c

        if b[0] ** 2 <= stats.t.ppf(0.999, df) ** 2 * covariance[0, 0]:
            return None
        return brentq(beyond, best - 50, best, xtol=1e-14), brentq(beyond, best, best + 50, xtol=1e-14)

    def at(where):
        best = -(b[1] * where[0] + b[2] * where[1]) / (2 * b[0])
        ends = [interval(where, trunks), interval(where, cells)]
        if None in ends:
            return {"best": best, "low": None, "high": None}
        return {"best": best, "low": min(e[0] for e in ends), "high": max(e[1] for e in ends)}

    return {"k": b[0], "at": [{"z": w, **at(w)} for w in ([1, 0.0], [1, 5.0])]}


def main():
    cases = {name: points(*of) for name, of in {"clear": (0.02, 0.002, 1), "vague": (0.002, 0.02, 3)}.items()}
    found = {name: {"points": data, **stationary(data)} for name, data in cases.items()}
    (HERE / "stationary.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
