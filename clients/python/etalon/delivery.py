"""Bringing one folder to the server: begin the run, send its batches in order, end it. Every step can be repeated."""

import json
import time

from . import batches, values
from .begin import create_run
from .transport import TOO_LARGE, NotNow, Refused, Stuck

_MOST_SALVAGES = 25


class Delivery:
    """One run's way to the server. `call(path, body)` sends; `warn(key, message)` says what a person should know."""

    def __init__(self, call, url, begin, folder, warn):
        self._call, self._url, self._begin, self._warn = call, url, begin, warn
        self.folder = folder
        self.run_id = None
        self.next_step = 0
        self._bases = {}

    def begin(self):
        """Makes or resumes the run, unless this folder has been told its id by the same server."""
        known = self.folder.read("server.json") or {}
        if known.get("url") == self._url and isinstance(known.get("id"), str):
            self.run_id = known["id"]
        else:
            self.resume()

    def resume(self):
        """POST /runs: the run is running, and the server says where counting goes on."""
        answer = create_run(self._call, self._begin, self._warn)
        if not isinstance(answer, dict) or not isinstance(answer.get("id"), str):
            raise NotNow("POST /runs is answered without an id")
        self.run_id = answer["id"]
        self.next_step = answer["nextStep"] if isinstance(answer.get("nextStep"), int) else 0
        self._keep("server.json", {"url": self._url, "id": self.run_id})

    def send_folder(self, until=None):
        """Sends the batches of the folder, oldest first; False where the time was up. One that fails inside the
        server does not hold up the others: `Stuck` is raised at the end."""
        failed = None
        for name in self._waiting():
            if until is not None and time.monotonic() > until:
                return False
            try:
                data = self.folder.batch(name)
            except FileNotFoundError:
                continue
            except OSError as e:
                failed = Stuck("%s cannot be read: %s" % (name, e))
                continue
            writer = name[15:47] if name[14:15] == "-" else name[:32]
            try:
                self.send(data, writer, name.endswith("-c.json.gz"))
            except Refused as e:
                if e.code == "not_found":  # the run itself is gone
                    raise
                self._warn(None, "batch set aside as %s.refused in %s: %s" % (name, self.folder.path, e))
                self.folder.set_aside(name, str(e))
                continue
            except NotNow as e:
                if e.code != "internal":
                    raise
                failed = Stuck(str(e), e.after_s, code=e.code)
                continue
            self.folder.remove(name)
        if failed:
            raise failed
        return True

    def send_alerts(self):
        """Sends the alerts of the folder, oldest first; one that the server refuses is set aside. Raises `Stuck` where
        it answers that it cannot take one now: that must not hold up the points."""
        try:
            names = self.folder.alerts()
        except OSError:
            return
        for name in names:
            try:
                alert = json.loads(self.folder.batch(name).decode("utf-8"))
            except (OSError, ValueError):
                continue
            try:
                self.send_alert(alert)
            except Refused as e:
                # Also where the server is of a version before alerts: they must not hold up the points.
                self._warn(None, "alert set aside as %s.refused in %s: %s" % (name, self.folder.path, e))
                self.folder.set_aside(name, str(e))
                continue
            self.folder.remove(name)

    def send_alert(self, alert):
        """Sends one alert. Raises `Refused`, `Stuck` or, without an answer, `NotNow`."""
        try:
            self._call("/runs/%s/alerts" % self.run_id, alert)
        except NotNow as e:
            if not e.answered:
                raise
            raise Stuck(str(e), e.after_s, code=e.code)

    def send(self, data, writer, counted):
        """Sends one batch; of one with bad points, all others. Raises `Refused` or `NotNow`."""
        if counted:
            data = batches.with_base(data, self.base_of(writer))
        path = "/runs/%s/metrics" % self.run_id
        for _ in range(_MOST_SALVAGES):
            try:
                return self._pass(path, data)
            except Refused as e:
                rest = batches.without(data, e.issues)
                if rest is None:
                    raise
                self._warn(None, "points left out that the server refuses: %s" % e)
                data = rest
        return self._pass(path, data)

    def _pass(self, path, data):
        """Sends a batch in parts where something on the way takes none as large; the same parts each time."""
        try:
            return self._call(path, data)
        except NotNow as e:
            parts = batches.halves(data) if e.code == TOO_LARGE else None
            if parts is None:
                raise
        for part in parts:
            self._pass(path, part)

    def base_of(self, writer):
        """The step at which the counted points of a writer begin: settled once, before the first of them is sent."""
        bases = self.folder.read("bases.json") or {}
        base = self._bases.get(writer, bases.get(writer))
        if base is None:
            self.resume()
            base = self.next_step
            self._keep("bases.json", dict(bases, **{writer: base}))
        self._bases[writer] = base
        return base

    def end(self, end):
        """Ends the run with its result; a refused field costs that field only."""
        path = "/runs/%s/finish" % self.run_id
        try:
            self._call(path, end)
        except Refused as e:
            if e.code == "not_found":
                raise
            self._warn(None, "the run is ended without its result: %s" % e)
            self._call(path, {"state": end.get("state", "finished"), "error": "the result was refused: %s" % str(e)[:500]})

    def _waiting(self):
        try:
            return self.folder.batches()
        except OSError as e:
            self._warn("list", "%s cannot be listed: %s" % (self.folder.path, e))
            return []

    def _keep(self, name, value):
        try:
            self.folder.write(name, value)
        except OSError:
            pass  # no folder: then nothing waits in it either


def deliver_folder(call, url, folder, warn, until=None):
    """Sends a folder that another process left; True when all of it is with the server.

    What is refused as a whole is set aside with its reason. Raises `NotNow`.
    """
    delivery = Delivery(call, url, values.plain(folder.read("run.json") or {}), folder, warn)
    try:
        end = folder.read("end.json")
        if not folder.batches() and not folder.alerts() and not end:
            return True
        delivery.begin()
        stuck = None
        try:
            delivery.send_alerts()
        except Stuck as e:
            stuck = e
        try:
            if not delivery.send_folder(until):
                return False
        except Stuck as e:  # the run has ended all the same
            stuck = e
        if end:
            delivery.end(end)
            folder.remove("end.json")
        if stuck:
            raise stuck
        return True
    except Refused as e:
        warn(None, "%s is set aside, the server refuses it: %s" % (folder.path, e))
        folder.refuse(str(e))
        return False
