"""Microseconds of one `log` call while the client sends to the server: median of 100,000. Prints one number."""
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clients", "python"))
import etalon

run = etalon.init(project="bench")
waits = []
for i in range(100_000):
    begun = time.perf_counter_ns()
    run.log({"loss": 2.5, "lr": 1e-3}, step=i, tokens=i * 65_536)
    waits.append(time.perf_counter_ns() - begun)
    if i % 100 == 0:
        time.sleep(0.001)
run.finish(timeout=120)
print(statistics.median(waits) / 1000)
