"""The folders in which runs wait for the server: one a run and writing process, each file whole or not there.

    run.json          what POST /runs is to be told
    server.json       {url, id}: the run's id at a server that has taken it
    bases.json        {writer: first step of its counted points}
    *.alert.json      what whoever watches the run is to be told
    *.json.gz         batches, in the order of their names;  *.refused: batches that the server will never take
    end.json          how the run ended
    refused.txt       why the server takes none of it: later processes leave the folder alone, `etalon sync` tries again
    lock              held by the process that writes here
"""

import json
import os
import time

from .settings import safe_name

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt

_BATCH = ".json.gz"
_ALERT = ".alert.json"
_OWN_FILES = ("run.json", "server.json", "bases.json", "end.json", "lock")
_LIVE_S = 3600.0


class Folder:
    """One run's folder. All methods but `size` raise OSError where the disk does not do it."""

    def __init__(self, path):
        self.path = path
        self._lock = None
        self._known = {}

    def claim(self):
        """Makes the folder and takes its lock; False where another process has it."""
        os.makedirs(self.path, mode=0o700, exist_ok=True)
        if self._lock is None:
            self._lock = _lock(os.path.join(self.path, "lock"), os.path.getmtime(self.path))
        return self._lock is not None

    def release(self):
        """Gives the lock back; also in a forked child, where it stays the parent's."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def read(self, name):
        """The JSON object of a file, or None."""
        if name not in self._known:
            try:
                with open(os.path.join(self.path, name), "rb") as f:
                    found = json.loads(f.read().decode("utf-8"))
                self._known[name] = found if isinstance(found, dict) else None
            except (OSError, ValueError):
                return None
        return self._known[name]

    def write(self, name, value):
        """Keeps a JSON object; it is known to this process even where the disk is full."""
        self._known[name] = value
        self.write_bytes(name, json.dumps(value).encode())

    def write_bytes(self, name, data):
        """Whole or not at all."""
        path = os.path.join(self.path, name)
        temporary = "%s.%d.part" % (path, os.getpid())
        try:
            with open(temporary, "wb") as f:
                f.write(data)
            os.replace(temporary, path)
        except OSError:
            _remove(temporary)
            raise

    def batches(self):
        """Names of the batches that wait, oldest first; those of the first client have no time in their names."""
        names = [n for n in self._names() if n.endswith(_BATCH)]
        return sorted(names, key=lambda n: (n[14:15] == "-", n))

    def alerts(self):
        """Names of the alerts that wait, oldest first."""
        return sorted(n for n in self._names() if n.endswith(_ALERT))

    def add_alert(self, stamp, alert):
        """Keeps an alert; its key makes a repeat the same one."""
        self.write_bytes("%014d-%s%s" % (stamp, alert["key"], _ALERT), json.dumps(alert).encode())

    def batch(self, name):
        """The bytes of a batch, or of an alert."""
        with open(os.path.join(self.path, name), "rb") as f:
            return f.read()

    def absorb(self, root, run_id):
        """Takes over what earlier parts of the same run left below `root`, so that all of it goes in the order it was
        logged in. Their ends are forgotten: the run goes on."""
        for other in folders(root):
            if other.path == self.path or (other.read("run.json") or {}).get("id") != run_id or not other.claim():
                continue
            bases = dict(other.read("bases.json") or {}, **(self.read("bases.json") or {}))
            if bases:
                self.write("bases.json", bases)
            for name in other.batches() + other.alerts():
                os.replace(os.path.join(other.path, name), os.path.join(self.path, name))
            other.remove("end.json")
            other.clear()

    def remove(self, name):
        """Forgets a file, also one that is not there."""
        self._known.pop(name, None)
        _remove(os.path.join(self.path, name))

    def set_aside(self, name, reason):
        """Renames a batch that the server will never take, with the reason beside it."""
        os.replace(os.path.join(self.path, name), os.path.join(self.path, name + ".refused"))
        self.write_bytes(name + ".reason.txt", reason.encode("utf-8", "replace"))

    def refuse(self, reason):
        """Sets the whole folder aside."""
        self.write_bytes("refused.txt", reason.encode("utf-8", "replace"))

    def accept(self):
        """Undoes `refuse` and `set_aside`."""
        for name in self._names():
            if name == "refused.txt":  # perhaps of a run that was deleted: it is begun anew
                self.remove(name)
                self.remove("server.json")
            elif name.endswith(".reason.txt"):
                self.remove(name)
            elif name.endswith(".refused"):
                os.replace(os.path.join(self.path, name), os.path.join(self.path, name[: -len(".refused")]))

    @property
    def refused(self):
        return os.path.exists(os.path.join(self.path, "refused.txt"))

    def clear(self):
        """Removes the folder unless it still holds something, and gives the lock back."""
        left = [n for n in self._names() if n not in _OWN_FILES and not n.endswith(".part")]
        if not left:
            for name in self._names():
                self.remove(name)
            try:
                os.rmdir(self.path)
            except OSError:
                pass
        self.release()

    def _names(self):
        try:
            return os.listdir(self.path)
        except FileNotFoundError:
            return []


def own_folder(root, run_id, writer, first=True):
    """The run's folder, claimed for this writer: named after the run, or after run and writer where that is in use or
    the writer is not the `first` of this process to send the run."""
    folder = Folder(os.path.join(root, safe_name(run_id)))
    if not first or not folder.claim():
        folder = Folder(os.path.join(root, safe_name(run_id) + "-" + writer[:8]))
        folder.claim()
    return folder


def folders(root):
    """All folders of runs below `root`, oldest first; those of other users are left out."""
    found = []
    try:
        for name in os.listdir(root):
            path = os.path.join(root, name)
            try:
                if os.path.isfile(os.path.join(path, "run.json")) and os.access(path, os.W_OK):
                    found.append((os.path.getmtime(path), path))
            except OSError:
                continue
    except OSError:
        return []
    return [Folder(path) for _, path in sorted(found)]


def _lock(path, folder_time):
    """An open file that holds the lock, or None. Where the file system knows no locks, a fresh folder counts as in use."""
    for _ in range(5):
        fresh = not os.path.exists(path)
        f = open(path, "ab")
        try:
            if fcntl:
                fcntl.flock(f.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            else:
                f.seek(0)
                msvcrt.locking(f.fileno(), msvcrt.LK_NBLCK, 1)
        except (BlockingIOError, PermissionError):
            f.close()
            return None
        except OSError:
            if fresh or time.time() - folder_time > _LIVE_S:
                return f
            f.close()
            return None
        if _same_file(f, path):
            return f
        f.close()  # the folder was removed and made again meanwhile
    return None


def _same_file(f, path):
    try:
        return os.path.samestat(os.fstat(f.fileno()), os.stat(path))
    except OSError:
        return False


def _remove(path):
    try:
        os.remove(path)
    except OSError:
        pass
