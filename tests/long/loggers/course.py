"""The course of one run, and what each logging package was told of it."""
import json
import math
import time

STEPS = 200
BEGUN = 1_767_225_600.0
CONFIG = {
    "lr": 1e-3,
    "tiny": 1e-7,
    "tenth": 0.1,
    "seed": 7,
    "most": 2**53 - 1,
    "note": "größer als λ",
    "model": {"width": 64, "activation": "gelu", "tied": True, "dropout": None, "betas": [0.9, 0.95]},
    "data": {"mix": {"web": 0.7, "code": 0.3}},
}
ODD = {3: 0.1, 4: 1e-7, 5: float(2**53 - 1), 6: 1 / 3, 7: -0.0, 8: 123456789.123456789, 77: math.nan, 120: math.inf}


def course():
    """Each step with its values and the time, in seconds since 1970, at which it is logged where a package lets one say it."""
    for step in range(STEPS):
        values = {"loss": ODD.get(step, 2 + 8 / math.sqrt(step + 1)), "lr": 1e-3 * min(1, (step + 1) / 20)}
        if step % 20 == 19:
            values["val/loss"] = 2.1 + 8 / math.sqrt(step + 2)
        yield step, values, BEGUN + 0.7315 * step


class Told:
    """What a package was told, to be compared with what is read of its files."""

    def __init__(self):
        self.metrics = {}

    def add(self, name, step, value, earliest=None, latest=None):
        """`earliest` and `latest` in seconds: between them lies the time that the package keeps; None where it keeps none."""
        told = self.metrics.setdefault(name, {"steps": [], "values": [], "earliest": [], "latest": []})
        told["steps"].append(step)
        told["values"].append(repr(float(value)))
        told["earliest"].append(earliest)
        told["latest"].append(earliest if latest is None else latest)

    def write(self, path, config, state, **more):
        with open(path, "w") as file:
            json.dump({"metrics": self.metrics, "config": config, "state": state, **more}, file)


def each_value():
    for step, values, at in course():
        for name, value in values.items():
            yield name, step, value, at


def flat(config=CONFIG, prefix=""):
    for key, value in config.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}/")
        else:
            yield prefix + key, value


def plain_settings():
    """What `add_hparams` takes: numbers, texts and booleans under flat names."""
    return {key: value for key, value in flat() if isinstance(value, (int, float, str))}


now = time.time
