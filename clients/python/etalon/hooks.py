"""What happens to the process and means something to its runs: exit, exceptions, signals, forks, cells of a notebook.

Installed with the first run and taken away with the last, so that a program without runs is as it was.
"""

import atexit
import os
import signal
import sys
import threading
import time

from . import values

_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
_AT_EXIT_S = 60.0
_IN_HANDLER_S = 3.0

_runs = []
_mine = threading.local()
_pid = os.getpid()
_before = {}
_exit = {"code": None, "at": 0.0}
_cell = {"error": None}
_always = {"installed": False}
_ending = []
_forked = {"here": False}


def add(run):
    """A run begins."""
    _mine.run = run
    add_child(run)


def remove(run):
    """A run ends. The hooks stay until all of it is sent or kept: a signal may come meanwhile."""
    if run in _runs:
        _runs.remove(run)
    _ending.append(run)


def settle():
    """Takes the hooks away where no run needs them any more."""
    _ending[:] = [run for run in _ending if not run._sender.is_done]
    if not _runs and not _ending:
        _uninstall()


def open_runs():
    """The runs of this process that have not ended."""
    return list(_runs)


def end_earlier():
    """Ends the run that this thread began before, without waiting: crashed where the notebook's last cell failed."""
    run = getattr(_mine, "run", None)
    if run is not None and not run._ended and not run._is_child:
        run._end("crashed" if _cell["error"] else "finished", error=_cell["error"])


def ending():
    """The senders of runs that have ended and may still be sending."""
    return [run._sender for run in _ending]


def end_of_exit(code):
    """State and error text for the argument of sys.exit."""
    if code is None or code == 0:
        return "finished", None
    return "failed", "sys.exit(%s)" % values.shown(code) if isinstance(code, int) else values.text(code)


def add_child(run):
    """A forked child begins to send; also the part of `add` that is the same."""
    process, util = sys.modules.get("multiprocessing.process"), sys.modules.get("multiprocessing.util")
    of_pool = process is not None and util is not None and process.parent_process() is not None
    is_first = not run._is_child or (not of_pool and not _forked["here"])
    if is_first and not _runs and not _ending:
        _install()  # a forked child keeps its own signals: pools end their workers with SIGTERM and wait for them
    _runs.append(run)
    if of_pool:  # multiprocessing ends its children without atexit, after these
        util.Finalize(run, _end_in_child, args=(run,), exitpriority=100)


def _end_in_child(run):
    run._end()
    run._wait(_AT_EXIT_S)


def _install():
    if not _always["installed"]:
        _always["installed"] = True
        atexit.register(_at_exit)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_after_fork)
        _watch_cells()
    _exit["code"] = _cell["error"] = None
    if sys.excepthook is not _crashed:
        _before["excepthook"], sys.excepthook = sys.excepthook, _crashed
    if sys.exit is not _exiting:
        _before["exit"], sys.exit = sys.exit, _exiting
    for number in _SIGNALS:
        try:
            previous = signal.getsignal(number)
            # None is a handler that is not Python's, which could not be called; an ignored signal stays ignored.
            if previous is not None and previous != signal.SIG_IGN and previous is not _signalled:
                signal.signal(number, _signalled)
                _before[number] = previous
        except (ValueError, OSError):
            pass  # signals are the main thread's


def _uninstall():
    if sys.excepthook is _crashed:
        sys.excepthook = _before["excepthook"]
    if sys.exit is _exiting:
        sys.exit = _before["exit"]
    for number in _SIGNALS:
        try:
            if number in _before and signal.getsignal(number) is _signalled:
                signal.signal(number, _before[number])
        except (ValueError, OSError):
            pass


def _at_exit():
    if os.getpid() != _pid:
        return  # a fork that nobody told us of
    state, error = end_of_exit(_exit["code"])
    until = time.monotonic() + _AT_EXIT_S
    for run in list(_runs):
        if _exit["code"] is not None and run._sender.last_logged() > _exit["at"]:
            run._end()  # the exit was caught, and training went on
        elif _cell["error"]:
            run._end("crashed", error=_cell["error"])
        else:
            run._end(state, error=error)
    for run in list(_ending):
        run._wait(max(0.0, until - time.monotonic()))


def _crashed(kind, value, trace):
    try:
        for run in list(_runs):
            run._end("crashed", error="%s: %s" % (kind.__name__, values.text(value)))
    finally:
        (_before.get("excepthook") or sys.__excepthook__)(kind, value, trace)


def _exiting(code=None):
    if threading.current_thread() is threading.main_thread():
        _exit["code"], _exit["at"] = code, time.time()
    _before["exit"](code)


def _signalled(number, frame):
    """Everything is on disk before the earlier handler is called, or before the process ends by the signal."""
    previous = _before.get(number, signal.SIG_DFL)
    if os.getpid() == _pid:
        ends = not callable(previous)
        error = "ended by %s" % signal.Signals(number).name
        end = {"state": "crashed", "finalLoss": None, "error": error} if ends else None
        for run in list(_runs):
            run._sender.keep_now(_IN_HANDLER_S, None if run._is_child else end)
        for run in list(_ending):
            run._sender.keep_end_now(_IN_HANDLER_S)
        if ends:
            until = time.monotonic() + _IN_HANDLER_S
            for run in list(_runs):
                run._sender.stop(None if run._is_child else end)
            for run in _runs + _ending:
                run._sender.wait_in_handler(max(0.0, until - time.monotonic()))
    if callable(previous):
        previous(number, frame)
        return
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _after_fork():
    """A child owes its parent's runs nothing: it ends at once, by the signals it would have ended by without them."""
    global _pid
    _pid = os.getpid()
    _forked["here"] = True
    runs = list(_runs) + list(_ending)
    _uninstall()
    del _runs[:]
    del _ending[:]
    for run in runs:
        run._forked()


def _watch_cells():
    """In a notebook an exception does not end the process: the run that is open then ends as crashed, unless a later cell
    goes well."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython and hasattr(ipython, "get_ipython") else None
    if shell is not None:
        shell.events.register("post_run_cell", _after_cell)


def _after_cell(result):
    error = getattr(result, "error_in_exec", None) or getattr(result, "error_before_exec", None)
    _cell["error"] = values.described(error) if error is not None else None
