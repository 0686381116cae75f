"""The thread that keeps what was logged in the spill folder and brings it to the server."""

import os
import queue
import random
import threading
import time
import uuid
from collections import deque

from . import settings, spill, values
from .batches import Batcher
from .begin import joined
from .delivery import Delivery, deliver_folder
from .transport import NotNow, Refused, Stuck

_EVERY_S = 1.0
_LONGEST_WAIT_S = 30.0
_OTHERS_EVERY_S = 60.0
_OTHERS_SLICE_S = 2.0
_OTHERS_AT_END_S = 20.0
_TRIES_AT_END = 3
# Failures that only a person mends.
_NOT_BY_ITSELF = ("unauthorized", "forbidden", "redirect")
_HELD_BYTES = 256 * 1024 * 1024
_MOST_HELD_ALERTS = 1_000


class Sender:
    """Sends one run's queue `items`. What is written to the folder survives any end of the process; what the disk does
    not take waits in memory, up to 256 MiB packed, and is sent from there. Those of `before` that send an earlier part
    of the same run are let go first: their end is not the end of this one."""

    def __init__(self, run, items, begin, url, root, warn, heartbeat_s, before=()):
        self._run, self._items, self._begin, self._root = run, items, begin, root
        self._url, self._warn, self._heartbeat_s = url, warn, heartbeat_s
        self._batcher = Batcher(warn)
        self._folder = spill.Folder(os.path.join(root, settings.safe_name(begin["id"])))
        self._claimed = self._described = self._absorbed = False
        self._said = None
        self._disk_again = 0.0
        self._held, self._held_bytes = deque(), 0
        self._alerts, self._held_alerts = deque(), deque(maxlen=_MOST_HELD_ALERTS)
        self._delivery = Delivery(self._call, url, begin, self._folder, warn)
        self._drain_lock = threading.Lock()
        self._wake = queue.SimpleQueue()  # put may interrupt itself, as a signal handler does
        self._done = threading.Event()
        self._stopping, self._end, self._until = False, None, None
        self._waited_in_vain = False
        self._last_contact = time.monotonic()
        self._others_at, self._tries_at_end = 0.0, 0
        self._before = [s for s in before if s._begin["id"] == begin["id"] and not s.is_done]
        self._thread = threading.Thread(target=self._work, name="etalon", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # the interpreter is ending: what comes now is kept by `wait`
            self._thread = None

    @property
    def run_id(self):
        return self._delivery.run_id

    @property
    def is_done(self):
        return self._done.is_set()

    def alert(self, about):
        """Takes an alert; it is sent within a second."""
        self._alerts.append((int(time.time() * 1000), dict(about, key=uuid.uuid4().hex)))

    def stop(self, end):
        """Lets the thread send the rest, then `end` (None in a forked child: the run goes on), and end itself."""
        self._end, self._stopping = end, True
        self._wake.put(None)

    def wait(self, timeout):
        """Waits for the thread to end; afterwards all is with the server or kept."""
        if self._thread is None:
            self.keep_now(timeout)
            return
        if self._waited_in_vain:  # once is enough: the exit of the process does not wait as long again
            timeout = 0.0
        self._until = time.monotonic() + timeout
        self._wake.put(None)
        if not self._done.wait(timeout + 0.5):
            self._waited_in_vain = True
            self.keep_now(1.0)
            self._say_what_is_left()

    def keep_now(self, timeout, end=None):
        """Writes the queue, and how the run would end, to the folder: safe to call in a signal handler."""
        if not self._drain_lock.acquire(timeout=timeout):
            return
        try:
            self._drain()
            if end is not None:
                self._write_end(end)
        finally:
            self._drain_lock.release()

    def keep_end_now(self, timeout):
        """The same for a run that has ended and is still being sent."""
        if not self.is_done:
            self.keep_now(timeout, self._end)

    def wait_in_handler(self, seconds):
        """Waits without a lock: the code that a signal interrupts may hold them all."""
        until = time.monotonic() + seconds
        self._until = until
        while self._thread is not None and not self._done.is_set() and time.monotonic() < until:
            time.sleep(0.02)

    def last_logged(self):
        """When the last point was logged, seconds since 1970."""
        return self._items[-1][3] if self._items else self._batcher.last_at

    def forget(self):
        """In a forked child: gives up the parent's lock and queue. Returns the first step of its counted points, or None."""
        self._folder.release()
        return self._delivery._bases.get(self._batcher.writer)

    def _call(self, path, body):
        answer = self._run._call(path, body)
        self._last_contact = time.monotonic()
        return answer

    def _work(self):
        wait, failures = _EVERY_S, 0
        while True:
            self._sleep(wait)
            stopping = self._stopping
            try:
                self.keep_now(600.0, self._end if stopping else None)
                self._deliver(stopping)
                wait, failures, problem = _EVERY_S, 0, None
                self._said = None
                others_done = self._deliver_others(stopping)
            except Exception as e:  # whatever happens here must not reach the training program
                problem, others_done = e, False
                failures += 1
                wait = self._wait_after(e, failures, stopping)
                self._say_problem(e)
            if stopping and not self._items and not self._alerts and (problem is None and others_done or self._gives_up(problem)):
                break
        self._close(problem)

    def _sleep(self, seconds):
        if self._stopping and self._until is not None:
            seconds = min(seconds, max(0.0, self._until - time.monotonic()))
        try:
            self._wake.get(timeout=max(0.001, seconds))
            while True:
                self._wake.get_nowait()
        except queue.Empty:
            pass

    def _wait_after(self, problem, failures, stopping):
        """Doubles with each failure, with jitter so that a thousand clients do not come back at once."""
        longest = min(_LONGEST_WAIT_S, (0.25 if stopping else _EVERY_S) * 2.0 ** min(failures, 10))
        asked = getattr(problem, "after_s", None) or 0.0
        return max(asked, longest * random.uniform(0.5, 1.0))

    def _gives_up(self, problem):
        """At the end: the time is up, or everything lies in the folder and trying on promises nothing."""
        if self._until is not None and time.monotonic() >= self._until:
            return True
        if problem is None or self._held:
            return False
        self._tries_at_end += 1
        if isinstance(problem, NotNow):
            if self._until is not None and (problem.after_s or 0.0) > self._until - time.monotonic():
                return True
            if problem.code in _NOT_BY_ITSELF:
                return True
            if problem.answered and not isinstance(problem, Stuck):
                return False
            return self._tries_at_end >= _TRIES_AT_END
        return True

    def _drain(self):
        """Turns what was queued into batches on disk: from there on nothing that happens to the process loses them."""
        if self._held and time.monotonic() >= self._disk_again:
            self._write_held()
        while self._alerts:
            stamp, alert = self._alerts.popleft()
            try:
                self._claim()
                self._folder.add_alert(stamp, alert)
            except (OSError, ValueError):  # it is sent from memory
                self._held_alerts.append(alert)
        for batch in self._batcher.batches(self._items):
            if self._held or not self._write(batch):
                self._hold(batch)

    def _write(self, batch):
        try:
            self._claim()
            self._folder.write_bytes(batch.name, batch.data)
            return True
        except (OSError, ValueError) as e:  # ValueError: a path that is none
            self._disk_again = time.monotonic() + 5.0
            self._warn("disk", "%s cannot be written (%s): points wait in memory until the server has them" % (self._root, e))
            return False

    def _write_held(self):
        while self._held and self._write(self._held[0]):
            self._held_bytes -= len(self._held.popleft().data)

    def _hold(self, batch):
        self._held.append(batch)
        self._held_bytes += len(batch.data)
        lost = 0
        while self._held_bytes > _HELD_BYTES:
            oldest = self._held.popleft()
            self._held_bytes -= len(oldest.data)
            lost += oldest.points
        if lost:
            self._warn(None, "%d points are LOST: neither disk nor server takes them, and 256 MiB wait in memory" % lost)

    def _claim(self):
        if not self._claimed:
            # The folder named after the run may hold what earlier processes left: it is for the first part to take.
            first = all(earlier.is_done for earlier in self._before)
            folder = spill.own_folder(self._root, self._begin["id"], self._batcher.writer, first)
            folder.remove("end.json")  # a run that goes on has not ended
            folder.remove("refused.txt")
            if self.run_id is None and folder.read("server.json") is None:
                joined(folder.read("run.json"), self._begin)
            self._folder = self._delivery.folder = folder
            self._claimed = True
        if not self._described:
            if self.run_id is not None:
                self._folder.write("server.json", {"url": self._url, "id": self.run_id})
            self._folder.write("run.json", self._begin)
            self._described = True

    def _write_end(self, end):
        try:
            self._claim()
            self._folder.write("end.json", end)
        except (OSError, ValueError):
            pass  # it is sent from memory

    def _deliver(self, stopping):
        for earlier in self._before:
            if not earlier._done.wait(1.0):
                raise NotNow("the earlier part of this run is still being sent")
        if self.run_id is None:
            self._delivery.resume()
        if self._claimed and not self._absorbed and not self._run._is_child:
            try:
                self._folder.absorb(self._root, self._begin["id"])
                self._absorbed = True
            except OSError:
                pass  # the next time
        stuck = None
        try:
            self._deliver_alerts()
        except Stuck as e:
            stuck = e
        try:
            self._delivery.send_folder()
        except Stuck as e:
            stuck = e
        while self._held:
            batch = self._held[0]
            try:
                self._delivery.send(batch.data, batch.writer, batch.counted)
            except Refused as e:
                self._warn(None, "%d points are left out, the server refuses them: %s" % (batch.points, e))
            with self._drain_lock:
                if self._held and self._held[0] is batch:
                    self._held_bytes -= len(self._held.popleft().data)
        if stopping and self._end is not None:
            self._delivery.end(self._end)
            self._end = None
            self._folder.remove("end.json")
        elif not stopping and time.monotonic() - self._last_contact >= self._heartbeat_s():
            self._call("/runs/%s/heartbeat" % self.run_id, {})
        if stuck:
            raise stuck

    def _deliver_alerts(self):
        self._delivery.send_alerts()
        while self._held_alerts:
            try:
                self._delivery.send_alert(self._held_alerts[0])
            except Refused as e:
                self._warn(None, "an alert is left out, the server refuses it: %s" % e)
            self._held_alerts.popleft()

    def _deliver_others(self, stopping):
        """Sends what runs left that have ended; of many, a slice at a time. True when all were looked at."""
        now = time.monotonic()
        if now < self._others_at or self._run._is_child:
            return True
        until = now + (_OTHERS_AT_END_S if stopping else _OTHERS_SLICE_S)
        if stopping and self._until is not None:
            until = min(until, self._until)
        for folder in spill.folders(self._root):
            if time.monotonic() > until:
                return stopping
            try:
                if folder.path == self._folder.path or folder.refused or not folder.claim():
                    continue
                if deliver_folder(self._call, self._url, folder, self._warn, until):
                    folder.clear()
            except Exception as e:  # one folder must not hold up the others
                self._warn(("other", folder.path), "%s waits on: %s" % (folder.path, values.text(e)))
                if getattr(e, "answered", True) is False:
                    break
            finally:
                folder.release()
        self._others_at = time.monotonic() + _OTHERS_EVERY_S
        return True

    def _say_problem(self, problem):
        said = values.text(problem if isinstance(problem, (NotNow, Refused)) else values.described(problem), 2_000)
        if said != self._said:
            self._said = said
            self._warn(None, "%s; %s" % (said, self._where()))

    def _where(self):
        """Where what was logged is: said as it is."""
        held = sum(b.points for b in self._held)
        try:
            kept = len(self._folder.batches()) if self._claimed else 0
        except OSError:
            kept = 0
        parts = []
        if kept:
            parts.append("%d batches are kept in %s" % (kept, self._folder.path))
        if held:
            parts.append("%d points wait in memory" % held)
        return " and ".join(parts) or "nothing waits yet"

    def _say_what_is_left(self):
        held = sum(b.points for b in self._held)
        if held:
            self._warn(None, "%d points are LOST with this process: neither disk nor server took them" % held)
        if self._claimed and (self._folder.batches() or self._end is not None):
            self._warn(None, "%s; a later run sends it, or `python -m etalon sync %s`" % (self._where(), self._root))

    def _close(self, problem):
        try:
            if problem is not None:
                self._say_what_is_left()
                self._folder.release()
            elif self._claimed:
                self._folder.clear()
        except Exception as e:
            self._warn(None, values.described(e))
        self._done.set()
