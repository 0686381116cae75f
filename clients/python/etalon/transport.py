"""Calls of the HTTP API. What fails is either refused for good, which only Etalon itself can say, or not possible now."""

import http.client
import json
import re
import urllib.error
import urllib.parse
import urllib.request

from . import values

TIMEOUT_S = 20.0
_MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
# A body with one of these will never be taken; all others may be once the server, a key or a proxy is mended.
_FINAL = frozenset(("invalid", "malformed", "not_found", "conflict", "too_large"))


# Something between here and Etalon takes no body as large: a smaller one may pass.
TOO_LARGE = "too_large_on_the_way"


class Refused(Exception):
    """The server will never take this. `code` is one of the API's, `issues` a list of {field, message}."""

    def __init__(self, status, error):
        issues = error.get("issues")
        self.status, self.code = status, error.get("code")
        self.issues = [i for i in issues if isinstance(i, dict)] if isinstance(issues, list) else []
        fields = ["%s: %s" % (i.get("field"), i.get("message")) for i in self.issues]
        Exception.__init__(self, "%s %s" % (status, "; ".join([str(error.get("message"))] + fields)))


class NotNow(Exception):
    """Try again later; `after_s` is when the server asks for it, `answered` whether there was an answer at all."""

    def __init__(self, message, after_s=None, answered=True, code=None):
        self.after_s, self.answered, self.code = after_s, answered, code
        Exception.__init__(self, message)


class Stuck(NotNow):
    """Some batches fail inside the server each time; all others are sent."""


class Server:
    """One Etalon and the key to it. The key appears in no message."""

    def __init__(self, url, key):
        self.url = url
        self._key = key
        self._shown = re.sub(r"//[^/@]*@", "//", url)
        self._opener = urllib.request.build_opener(_NoRedirect)

    def post(self, path, body, timeout=TIMEOUT_S):
        """Sends a JSON value, or bytes that are gzipped JSON; returns the answer. Raises `Refused` or `NotNow`."""
        if isinstance(body, bytes):
            return self._send("POST", path, body, timeout, {"content-encoding": "gzip"})
        return self._send("POST", path, json.dumps(body, allow_nan=False).encode(), timeout)

    def get(self, path, timeout=TIMEOUT_S):
        """Returns the answer. Raises `Refused` or `NotNow`."""
        return self._send("GET", path, None, timeout)

    def _send(self, method, path, body, timeout, more=None):
        headers = {"content-type": "application/json", "accept": "application/json", "user-agent": "etalon-python"}
        headers.update(more or {})
        if self._key:
            headers["authorization"] = "Bearer " + self._key
        url = self.url + "/api/v1" + path
        for _ in range(_MOST_REDIRECTS):
            status, answered, content = self._once(method, url, body, headers, timeout)
            if status not in _REDIRECTS:
                return _answer(path, status, answered, content)
            target = urllib.parse.urljoin(url, answered.get("location") or url)
            if _origin(target) != _origin(url):
                raise NotNow("%s redirects to %s, and a key goes to no other server than the one it was given for;"
                             " set ETALON_URL to the new address if it is yours" % (self._shown, _shown_origin(target)), code="redirect")
            url = target
        raise NotNow("%s redirects more than %d times" % (self._shown, _MOST_REDIRECTS), code="redirect")

    def _once(self, method, url, body, headers, timeout):
        try:
            request = urllib.request.Request(url, data=body, headers=headers, method=method)
            with self._opener.open(request, timeout=timeout) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as e:
            with e:
                return e.code, e.headers, _read(e)
        except (OSError, http.client.HTTPException, ValueError) as e:  # ValueError: an address that is none
            raise NotNow("%s cannot be reached: %s" % (self._shown, self._without_key(e)), answered=False)

    def _without_key(self, e):
        said = values.text(getattr(e, "reason", None) or e)
        return said.replace(self._key, "...") if self._key else said


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None


def _answer(path, status, headers, content):
    try:
        found = json.loads(content.decode("utf-8")) if content else None
    except ValueError:
        found = ValueError
    if 200 <= status < 300:
        if found is ValueError:
            raise NotNow("%s is answered by something that is not Etalon (status %s, no JSON)" % (path, status))
        return found
    error = found.get("error") if isinstance(found, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("code"), str):
        code = TOO_LARGE if status == 413 else None
        raise NotNow("%s is answered with %s, not by Etalon itself" % (path, status), _after(headers), code=code)
    if error["code"] in _FINAL and 400 <= status < 500:
        raise Refused(status, error)
    raise NotNow("%s: %s %s" % (path, status, values.text(error.get("message"), 500)), _after(headers), code=error["code"])


def _after(headers):
    try:
        return min(600.0, max(0.0, float(headers.get("retry-after"))))
    except (TypeError, ValueError):
        return None


def _read(response):
    try:
        return response.read(100_000)
    except (OSError, http.client.HTTPException):
        return b""


def _origin(url):
    parts = urllib.parse.urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme.lower(), (parts.hostname or "").lower(), port


def _shown_origin(url):
    return "%s://%s:%s" % _origin(url)
