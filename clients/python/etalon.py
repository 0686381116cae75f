"""Send training runs to Etalon. One file, standard library only, Python 3.8 or newer.

    import etalon
    run = etalon.init(project="quickstart", config={"lr": 3e-3})
    run.log({"loss": 2.3}, step=10, tokens=40960)
    run.finish()

The server and the key come from ETALON_URL and ETALON_API_KEY, or from `init(url=..., key=...)`. Logging puts a point
into a queue and returns; a background thread sends batches every second. While the server is away, batches are kept in
a folder and sent when it is back, also by a later process. Nothing here raises into the training program or waits for
the network, except `finish()`, which waits up to `timeout` seconds for what is still queued.
"""

import atexit
import gzip
import json
import logging
import math
import os
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import deque

__all__ = ["Run", "init"]

_log = logging.getLogger("etalon")
_SEND_EVERY = 1.0
_HEARTBEAT_EVERY = 30.0
_BATCH_POINTS = 10_000
_TIMEOUT = 20.0


def init(project, id=None, name=None, config=None, dimensions=None, tags=None, url=None, key=None, spill=None):
    """Begin a run, or resume the one with the same `id`.

    `dimensions` are what curves are made of: peakLr, batchSeqs, seqLen, tokens, paramsNonEmbedding, width, ...
    `spill` is the folder that keeps batches while the server is away. Returns at once; never raises for the network.
    """
    return Run(
        {"project": project, "id": id or uuid.uuid4().hex, "name": name, "config": config or {},
         "dimensions": dimensions or {}, "tags": tags or []},
        (url or os.environ.get("ETALON_URL", "http://127.0.0.1:3000")).rstrip("/"),
        key or os.environ.get("ETALON_API_KEY", ""),
        spill or os.environ.get("ETALON_SPILL_DIR") or os.path.join(tempfile.gettempdir(), "etalon-spill"),
    )


class Run:
    """A run that is being trained. Make it with `init`."""

    def __init__(self, begin, url, key, spill):
        self.id = None
        self._begin = {k: v for k, v in begin.items() if v is not None}
        self._url, self._key, self._spill = url, key, spill
        self._queue = deque()
        self._writer = "python " + uuid.uuid4().hex
        self._seq = 0
        self._step = 0
        self._finish = None
        self._wake = threading.Event()
        self._idle = threading.Event()
        self._last_contact = 0.0
        self._refused = False
        self._thread = threading.Thread(target=self._work, name="etalon", daemon=True)
        self._thread.start()
        self._previous_hook = sys.excepthook
        sys.excepthook = self._crashed
        atexit.register(self._at_exit)

    def log(self, metrics, step=None, tokens=None):
        """Queue one step's metrics: names to numbers, NaN and infinities included. Without `step` it counts by itself."""
        if step is None:
            step = self._step
        self._step = step + 1
        self._queue.append((step, tokens, time.time(), metrics))

    def finish(self, state="finished", final_loss=None, timeout=60.0):
        """End the run; waits up to `timeout` seconds until all of it is with the server or in the spill folder."""
        if self._finish is None:
            self._finish = {"state": state, "finalLoss": None if final_loss is None else _real(final_loss)}
        sys.excepthook = self._previous_hook if sys.excepthook == self._crashed else sys.excepthook
        self._wake.set()
        self._idle.wait(timeout)

    def _at_exit(self):
        self.finish("finished")

    def _crashed(self, kind, value, trace):
        self._finish = {"state": "crashed", "finalLoss": None, "error": "%s: %s" % (kind.__name__, value)}
        self._wake.set()
        self._previous_hook(kind, value, trace)

    def _work(self):
        wait = _SEND_EVERY
        while True:
            self._wake.wait(wait)
            ending = self._finish is not None
            try:
                self._drain()
                sent = self._replay()
                if sent and ending:
                    self._call("/runs/%s/finish" % self.id, self._finish)
                elif sent and self.id and time.time() - self._last_contact > _HEARTBEAT_EVERY:
                    self._call("/runs/%s/heartbeat" % self.id, {})
                wait = _SEND_EVERY
            except Exception as e:  # whatever happens here must not reach the training program
                _log.warning("etalon: %s; what was logged is kept in %s", e, self._spill)
                wait = min(30.0, 2 * wait)
                sent = False
            if ending and not self._queue:
                self._idle.set()
                return

    def _drain(self):
        """Turns what was queued into numbered batches in the spill folder: from there on a crash loses nothing."""
        while self._queue:
            columns, points = {}, 0
            while self._queue and points < _BATCH_POINTS - 1_000:
                step, tokens, at, metrics = self._queue.popleft()
                for name, value in metrics.items():
                    try:
                        real = _real(value)
                    except (TypeError, ValueError):
                        _log.warning("etalon: %r is not a number: %s at step %s is left out", value, name, step)
                        continue
                    c = columns.setdefault((str(name), tokens is not None), ([], [], [], []))
                    c[0].append(int(step))
                    c[1].append(real)
                    c[2].append(tokens)
                    c[3].append(at * 1000.0)
                    points += 1
            series = []
            for (name, has_tokens), (steps, values, tokens, times) in columns.items():
                s = {"metric": name, "steps": steps, "values": values, "times": times}
                if has_tokens:
                    s["tokens"] = tokens
                series.append(s)
            if series:
                self._keep({"writer": self._writer, "seq": self._seq, "series": series})
                self._seq += 1

    def _keep(self, batch):
        folder = os.path.join(self._spill, self._begin["id"])
        os.makedirs(folder, mode=0o700, exist_ok=True)
        begin = os.path.join(folder, "run.json")
        if not os.path.exists(begin):
            _write(begin, json.dumps(self._begin, default=str, allow_nan=True).encode())
        name = "%s-%012d.json.gz" % (self._writer.split()[1], batch["seq"])
        _write(os.path.join(folder, name), gzip.compress(json.dumps(batch, allow_nan=False).encode(), 1))

    def _replay(self):
        """Sends what the spill folder holds, oldest first; also of runs that ended before the server was back."""
        if self.id is None:
            self.id = self._call("/runs", _plain(self._begin))["id"]
        self._send_folder(os.path.join(self._spill, self._begin["id"]), self.id)
        for other in os.listdir(self._spill) if os.path.isdir(self._spill) else []:
            folder = os.path.join(self._spill, other)
            if other == self._begin["id"] or time.time() - os.path.getmtime(folder) < 3600:
                continue
            begin = os.path.join(folder, "run.json")
            if os.path.exists(begin):
                with open(begin, "rb") as f:
                    self._send_folder(folder, self._call("/runs", _plain(json.load(f)))["id"])
        return True

    def _send_folder(self, folder, run_id):
        if not os.path.isdir(folder):
            return
        for name in sorted(n for n in os.listdir(folder) if n.endswith(".json.gz")):
            path = os.path.join(folder, name)
            with open(path, "rb") as f:
                body = f.read()
            try:
                self._call("/runs/%s/metrics" % run_id, body)
            except urllib.error.HTTPError as e:
                if e.code in (401, 403, 429) or e.code >= 500:
                    raise
                # The server will never take this batch: it must not hold up the ones after it.
                _log.error("etalon: batch refused and set aside as %s.refused: %s", path, e.detail)
                os.replace(path, path + ".refused")
                continue
            os.remove(path)
        if set(os.listdir(folder)) <= {"run.json"}:
            for name in os.listdir(folder):
                os.remove(os.path.join(folder, name))
            os.rmdir(folder)

    def _call(self, path, body):
        headers = {"authorization": "Bearer " + self._key, "content-type": "application/json"}
        if isinstance(body, bytes):
            headers["content-encoding"] = "gzip"
        else:
            body = json.dumps(body).encode()
        request = urllib.request.Request(self._url + "/api/v1" + path, data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
                self._last_contact = time.time()
                return json.loads(response.read() or b"null")
        except urllib.error.HTTPError as e:
            e.detail = e.read(2_000).decode("utf-8", "replace")
            _log.warning("etalon: %s %s: %s", path, e.code, e.detail)
            raise


def _real(value):
    """A number as JSON has it: non-finite ones by name. Takes anything that float() takes, arrays of one element too."""
    number = float(value)
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else ("Infinity" if number > 0 else "-Infinity")


def _plain(value):
    """The same with non-finite numbers by name, at any depth: a config may hold them, JSON may not."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return _real(value)
    return value if isinstance(value, (str, int, bool, type(None))) else str(value)


def _write(path, data):
    """Whole or not at all."""
    temporary = path + ".part"
    with open(temporary, "wb") as f:
        f.write(data)
    os.replace(temporary, path)
