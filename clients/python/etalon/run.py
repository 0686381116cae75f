"""The run as a training program sees it."""

import logging
import sys
import threading
import time
from collections import deque

from . import hooks, settings, values
from .sender import Sender
from .transport import Server

_log = logging.getLogger("etalon")
_STATES = ("finished", "failed", "canceled", "crashed")
_LEVELS = ("info", "warning", "error")
_CHILD_EXIT_S = 5.0
_LONGEST_S = 1e7
_PLAIN = values.PLAIN
_now = time.time


class Run:
    """A run that is being trained. Make it with `etalon.init`; `with etalon.init(...) as run:` ends it by itself.

    `id` is the server's id of the run, None until the server has answered. All methods may be called from any thread.
    A forked child that logs sends with a writer of its own; the run is ended by the process that began it.
    """

    def __init__(self, begin, url, key, spill, resumes=False, heartbeat_s=lambda: 30.0, warn=None):
        self._warn = warn or quiet_warner()
        self._server = Server(url, key)
        self._begin, self._spill, self._heartbeat_s = begin, spill, heartbeat_s
        self._step, self._counted = 0, resumes
        self._step_lock = threading.RLock()
        self._is_child = False
        self._ended = False
        self._start()

    @property
    def id(self):
        return self._sender.run_id

    def log(self, metrics, step=None, tokens=None):
        """Queue one step's metrics: names to numbers as they are now, NaN and infinities included.

        metrics  dict; numpy, torch and Decimal scalars, bools and arrays of one element are numbers; nested dicts are
                 joined by "/". What is no number is left out alone, with one warning a name.
        step     whole number from 0 to 2^53 - 1; without it steps count by themselves, in a resumed run after its last
        tokens   training tokens seen so far

        Never raises and never waits for the network.
        """
        # The usual case stands here in full: a call costs a fraction of a microsecond (bench/client.py).
        if type(metrics) is dict:
            mine = metrics.copy()
            for value in mine.values():
                if type(value) not in _PLAIN:
                    mine = values.copied(mine)
                    break
        else:
            mine = values.copied(metrics)
        counted = False
        if type(step) is int:
            self._step = step + 1
            if self._counted:
                self._counted = False
        elif step is None:
            step, counted = self._next_step()
        else:
            step = self._odd_step(step)
        if tokens is not None and type(tokens) is not int:
            tokens = values.scalar(tokens)
        self._queue.append((step, counted, tokens, _now(), mine))

    def alert(self, title, text="", level="info"):
        """Tell whoever watches the run: once, also where the network fails in between.

        title  up to 200 characters
        text   up to 5,000 characters
        level  info, warning or error

        Never raises and never waits for the network.
        """
        if self._ended:
            self._warn("ended", "the run has ended: an alert after that is left out; `init` with its id resumes it")
            return
        title = values.text(title, values.ALERT_TITLE_CHARACTERS).strip()
        if not title:
            self._warn("alert", "an alert needs a title: left out")
            return
        if level not in _LEVELS:
            self._warn("level", "%s is no level of an alert (%s): info is meant" % (values.shown(level), ", ".join(_LEVELS)))
            level = "info"
        if isinstance(self._queue, _FirstOfChild):
            self._start_child()
        about = {"title": title, "text": values.long_text(text, values.ALERT_CHARACTERS), "level": level}
        self._sender.alert(about)

    def finish(self, state="finished", final_loss=None, timeout=60.0):
        """End the run; waits up to `timeout` seconds until all of it is with the server.

        state is finished, failed, canceled or crashed; final_loss a number, NaN for a run that diverged. What the
        server cannot take in time stays in the spill folder, the end included, and is sent by a later process.
        Without a limit (None) it waits until then.
        """
        self._end(state, final_loss)
        self._wait(_seconds(timeout))

    def __copy__(self):
        return self

    def __deepcopy__(self, _memo):
        return self

    def __reduce__(self):
        """Pickled it is its name, without the key: in this process the same run, in another one a writer of its own."""
        return _unpickled, (self._begin, self._server.url, self._spill)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.finish()
        elif issubclass(kind, SystemExit):
            state, error = hooks.end_of_exit(value.code)
            self._end(state, error=error)
            self._wait(60.0)
        else:
            self._end("crashed", error=error_text(kind, value))
            self._wait(60.0)

    def _next_step(self):
        with self._step_lock:
            step = max(0, self._step)
            self._step = step + 1
            return step, self._counted

    def _odd_step(self, step):
        """A step that is no int: as a whole number if it is one; else as it is, for the sender to refuse."""
        step = values.scalar(step)
        try:
            whole = values.step(step)
        except ValueError:
            return step
        self._step, self._counted = whole + 1, False
        return whole

    def _start(self):
        items = deque()
        self._sender = Sender(self, items, self._begin, self._server.url, self._spill, self._warn, self._heartbeat_s, hooks.ending())
        self._queue = items

    def _call(self, path, body):
        return self._server.post(path, body)

    def _end(self, state="finished", final_loss=None, error=None):
        """Settles how the run ends; the first word counts. Does not wait."""
        if self._ended:
            return
        self._ended = True
        hooks.remove(self)
        self._queue = _Closed(self._warn)
        if self._is_child:
            self._sender.stop(None)
            return
        if state not in _STATES:
            self._warn("state", "%s is no state of a run (%s): finished is meant" % (values.shown(state), ", ".join(_STATES)))
            state = "finished"
        end = {"state": state, "finalLoss": self._loss(final_loss)}
        if error is not None:
            end["error"] = values.long_text(error, values.ERROR_CHARACTERS)
        self._sender.stop(end)

    def _loss(self, given):
        if given is None:
            return None
        try:
            return values.real(values.number(given))
        except Exception:
            self._warn("final_loss", "final_loss %s is not a number: left out" % values.shown(given))
            return None

    def _wait(self, timeout):
        self._sender.wait(_CHILD_EXIT_S if self._is_child else timeout)
        hooks.settle()

    def _forked(self):
        """In a child just forked: nothing of the parent's is sent twice; the first `log` begins a writer of its own."""
        base = self._sender.forget()
        self._is_child = True
        self._step_lock = threading.RLock()
        if self._counted:
            self._step, self._counted = (0, True) if base is None else (base + self._step, False)
        self._warn = quiet_warner()
        if not self._ended:
            self._queue = _FirstOfChild(self)

    def _elsewhere(self, begin, url, spill):
        """In a process that a pickle brought the run to: the first `log` begins a writer of its own, as in a forked child."""
        self._warn = quiet_warner()
        key = settings.api_key(None, lambda message, *args: self._warn("key", message % args))
        self._server, self._begin, self._spill, self._heartbeat_s = Server(url, key), begin, spill, lambda: 30.0
        self._step, self._counted, self._step_lock = 0, True, threading.RLock()
        self._is_child, self._ended, self._sender = True, False, _NotBegun()
        self._queue = _FirstOfChild(self)

    def _start_child(self):
        self._start()
        hooks.add_child(self)
        return self._queue


class SilentRun(Run):
    """The run of a process that is not the first of a distributed training: takes everything, sends nothing."""

    id = None

    def __init__(self):
        self._ended = True

    def __reduce__(self):
        return SilentRun, ()

    def log(self, metrics, step=None, tokens=None):
        """Takes the metrics and forgets them."""

    def alert(self, title, text="", level="info"):
        """Tells nobody."""

    def finish(self, state="finished", final_loss=None, timeout=60.0):
        """Nothing to end."""

    def __exit__(self, kind, value, trace):
        return None


class _NotBegun:
    """The sender of a run that came out of a pickle, until it logs."""

    run_id, is_done = None, True

    def stop(self, _end):
        """Nothing has begun."""

    def wait(self, _timeout):
        """Nothing is sent."""

    def forget(self):
        """No lock is held."""


def _unpickled(begin, url, spill):
    for run in hooks.open_runs():
        if run._begin["id"] == begin["id"] and run._server.url == url:
            return run
    run = Run.__new__(Run)
    run._elsewhere(begin, url, spill)
    return run


class _Closed:
    """Where points go after the end."""

    def __init__(self, warn):
        self._warn = warn

    def append(self, _item):
        self._warn("ended", "the run has ended: what is logged after that is left out; `init` with its id resumes it")


class _FirstOfChild:
    """The queue of a forked child until it logs."""

    def __init__(self, run):
        self._run = run

    def append(self, item):
        self._run._start_child().append(item)


def error_text(kind, value):
    """An exception as the run's error: class and message."""
    return "%s: %s" % (kind.__name__, values.text(value))


def _seconds(timeout):
    """Whatever was given as a time-out as seconds that a lock can wait."""
    try:
        return min(_LONGEST_S, max(0.0, _LONGEST_S if timeout is None else float(timeout)))
    except (TypeError, ValueError, OverflowError):
        return 60.0


def quiet_warner():
    """A function (key, message) that warns once for each key, always for None; at most 1,000 keys. Never raises."""
    said = set()

    def warn(key, message):
        if key is not None:
            if key in said or len(said) >= 1_000:
                return
            said.add(key)
        try:
            _log.warning("etalon: %s", message)
        except Exception:
            try:
                sys.stderr.write("etalon: a warning could not be logged\n")
            except Exception:
                pass  # closed, or none at all

    return warn
