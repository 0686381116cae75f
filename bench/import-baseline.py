"""What people read such files with: `import-baseline.py events|nanogpt|megatron PATH` prints {points, seconds}, without the start."""
import json
import re
import sys
import time

kind, path = sys.argv[1:]
points = {}


def keep(name, step, value):
    points.setdefault(name, []).append((step, value))


def events():
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    begun = time.perf_counter()
    read = EventAccumulator(path, size_guidance={"scalars": 0})
    read.Reload()
    for tag in read.Tags()["scalars"]:
        points[tag] = read.Scalars(tag)
    return begun


def nanogpt():
    begun = time.perf_counter()
    row = re.compile(r"^iter (\d+): loss ([\d.]+|nan), time ([\d.]+)ms(?:, mfu (-?[\d.]+)%)?")
    evaluated = re.compile(r"^step (\d+): train loss ([\d.]+|nan), val loss ([\d.]+|nan)")
    with open(path) as file:
        for line in file:
            match = row.match(line)
            if match:
                for name, text in zip(("loss", "time", "mfu"), match.groups()[1:]):
                    keep(name, int(match[1]), float(text))
                continue
            match = evaluated.match(line)
            if match:
                keep("train loss", int(match[1]), float(match[2]))
                keep("val loss", int(match[1]), float(match[3]))
    return begun


def megatron():
    begun = time.perf_counter()
    row = re.compile(r"iteration\s+(\d+)/\s*\d+ \| (.*)$")
    pair = re.compile(r"([^|:]+?):\s*([-+\d.eE]+|nan|inf)\s*\|")
    with open(path) as file:
        for line in file:
            match = row.search(line)
            if match:
                for name, text in pair.findall(match[2]):
                    keep(name.strip(), int(match[1]), float(text))
    return begun


begun = globals()[kind]()
print(json.dumps({"points": sum(len(v) for v in points.values()), "seconds": time.perf_counter() - begun}))
