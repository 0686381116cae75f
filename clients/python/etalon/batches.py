"""What was logged, as numbered batches within the server's limits."""

import gzip
import json
import threading
import time
import uuid

from . import values

# Under the server's 10,000 points, and so small before packing that a proxy with a limit of 1 MiB takes it too.
BATCH_POINTS = 9_000
_BATCH_BYTES = 900_000
_stamps = threading.Lock()
_last_stamp = 0
_POINT_BYTES = 60
_MOST_NAMES = 20_000


class Batch:
    """A batch as it is sent and kept: gzipped JSON. Steps of `counted` ones begin at the run's base, which is added later."""

    __slots__ = ("name", "writer", "points", "counted", "data")

    def __init__(self, name, writer, points, counted, data):
        self.name, self.writer, self.points, self.counted, self.data = name, writer, points, counted, data


class Batcher:
    """Numbers the batches of one writer. `warn(key, message)` is called for what is left out."""

    def __init__(self, warn):
        self.writer = uuid.uuid4().hex
        self.last_at = 0.0
        self._prefix = "%014d-%s" % (_next_stamp(), self.writer)
        self._seq = 0
        self._warn = warn
        self._names = {}
        self._clear()

    def _clear(self):
        self._columns, self._points, self._bytes = {}, 0, 0

    def batches(self, queue):
        """Empties the queue of (step, counted, tokens, seconds since 1970, metrics); yields `Batch` by `Batch`."""
        while queue:
            step, counted, tokens, at, metrics = queue.popleft()
            self.last_at = at
            try:
                step = values.step(step)
            except ValueError as e:
                self._warn("step", "step %s: what was logged there is left out" % e)
                continue
            if tokens is not None:
                try:
                    tokens = values.tokens(tokens)
                except ValueError as e:
                    self._warn("tokens", "tokens %s: left out, the points are kept" % e)
                    tokens = None
            for name, value in metrics.items():
                self._add(name, value, step, counted, tokens, at)
                if self._points >= BATCH_POINTS or self._bytes >= _BATCH_BYTES:
                    yield self._batch()
        if self._points:
            yield self._batch()

    def _add(self, raw, value, step, counted, tokens, at):
        name = self._names.get(raw) or self._named(raw, value)
        if name is None:
            return
        try:
            if isinstance(value, values.Bad):
                raise ValueError(value.why)
            number = values.real(float(value))
        except Exception as e:
            why = values.shown(value) + " is too large for a double" if isinstance(e, OverflowError) else e
            self._warn(("value", name), "%s: %s; it is left out at step %s and wherever this comes again" % (name, why, step))
            return
        key = (name, tokens is not None, counted)
        column = self._columns.get(key)
        if column is None:
            column = self._columns[key] = ([], [], [], [])
            self._bytes += len(name) + _POINT_BYTES
        column[0].append(step)
        column[1].append(number)
        column[2].append(tokens)
        column[3].append(max(0.0, at * 1000.0))
        self._points += 1
        self._bytes += _POINT_BYTES

    def _named(self, raw, value):
        """The name as the server takes it, or None with a warning."""
        name = values.text(raw)
        if not name:
            why = value.why if isinstance(value, values.Bad) else "a metric needs a name"
            self._warn("name", "%s: left out" % why)
        elif len(name.encode("utf-8")) > values.NAME_BYTES:
            self._warn(("name", name), "the name %s has more than %d bytes: left out" % (values.shown(name), values.NAME_BYTES))
        elif len(self._names) >= _MOST_NAMES:
            self._warn("names", "a run may have %d metric names: %s and further ones are left out" % (_MOST_NAMES, values.shown(name)))
        else:
            self._names[raw] = name
            return name
        return None

    def _batch(self):
        series, any_counted = [], False
        for (name, has_tokens, counted), (steps, numbers, tokens, times) in self._columns.items():
            s = {"metric": name, "steps": steps, "values": numbers, "times": times}
            if has_tokens:
                s["tokens"] = tokens
            if counted:
                s["counted"] = any_counted = True
            series.append(s)
        body = {"writer": "python " + self.writer, "seq": self._seq, "series": series}
        name = "%s-%012d%s.json.gz" % (self._prefix, self._seq, "-c" if any_counted else "")
        batch = Batch(name, self.writer, self._points, any_counted, packed(body))
        self._seq += 1
        self._clear()
        return batch


def packed(body):
    """A batch's JSON, gzipped."""
    return gzip.compress(json.dumps(body, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode(), 1)


def with_base(data, base):
    """The batch with its counted steps at their place: after `base - 1`."""
    body = json.loads(gzip.decompress(data).decode("utf-8"))
    for s in body["series"]:
        if s.pop("counted", False):
            s["steps"] = [base + n for n in s["steps"]]
    return packed(body)


def without(data, issues):
    """The batch without the points and series that the server's issues name; None where they name none, or all."""
    body = json.loads(gzip.decompress(data).decode("utf-8"))
    series = body["series"]
    whole, single = set(), {}
    for issue in issues:
        path = str(issue.get("field")).split(".")
        if path[0] != "series" or len(path) < 2 or not path[1].isdigit():
            continue
        at = int(path[1])
        if len(path) == 4 and path[3].isdigit():
            single.setdefault(at, set()).add(int(path[3]))
        else:
            whole.add(at)
    if not whole and not single:
        return None
    for at, points in single.items():
        if at < len(series):
            for column in ("steps", "values", "times", "tokens"):
                if column in series[at]:
                    series[at][column] = [v for i, v in enumerate(series[at][column]) if i not in points]
    body["series"] = [s for i, s in enumerate(series) if i not in whole and s["steps"]]
    return packed(body) if body["series"] else None


def halves(data):
    """The batch as two, each with a writer's name of its own; None where it is a single point."""
    body = json.loads(gzip.decompress(data).decode("utf-8"))
    series = body["series"]
    if len(series) > 1:
        parts = [series[: len(series) // 2], series[len(series) // 2 :]]
    elif len(series[0]["steps"]) > 1:
        cut = len(series[0]["steps"]) // 2
        parts = [[_stretch(series[0], slice(None, cut))], [_stretch(series[0], slice(cut, None))]]
    else:
        return None
    return [packed(dict(body, writer="%s/%d" % (body["writer"], i), series=part)) for i, part in enumerate(parts)]


def _stretch(series, part):
    return {name: column[part] if isinstance(column, list) else column for name, column in series.items()}


def _next_stamp():
    """Milliseconds since 1970, later than any that this process has had: parts of a run keep their order."""
    global _last_stamp
    with _stamps:
        _last_stamp = max(int(max(0, time.time()) * 1000), _last_stamp + 1)
        return _last_stamp
