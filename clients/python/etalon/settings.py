"""Where the server is, which key opens it, where batches wait: from arguments and the environment."""

import hashlib
import os
import re
import sys
import tempfile

# A folder that cannot be made: what is to be kept there waits in memory.
_NOWHERE = os.path.join(os.devnull, "etalon")
FOLLOWED = "ETALON_RECOMMENDATION"
_RANKS = ("SLURM_PROCID", "LOCAL_RANK", "OMPI_COMM_WORLD_RANK")


def server_url(given):
    """The server's address without a slash at its end."""
    url = str(given or os.environ.get("ETALON_URL") or "http://127.0.0.1:3000").strip().rstrip("/")
    return url if "://" in url else "http://" + url


def api_key(given, warn):
    """The key without white space around it: `given`, ETALON_API_KEY, or the content of the file ETALON_API_KEY_FILE."""
    key = str(given or "") or os.environ.get("ETALON_API_KEY") or ""
    path = os.environ.get("ETALON_API_KEY_FILE")
    if not key.strip() and path:
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                key = f.read(10_000)
        except OSError as e:
            warn("ETALON_API_KEY_FILE cannot be read: %s", e)
    key = key.strip()
    if not key:
        warn("there is no API key: set ETALON_API_KEY or ETALON_API_KEY_FILE (`npx etalon key create` makes one)")
    elif not re.match(r"[\x21-\x7e]+\Z", key):
        warn("the API key holds characters that no key has (white space within it, or letters beyond ASCII)")
        return ""
    return key


def followed():
    """The recommendation that runs of this process follow: what `etalon.recommendation()` read, or the environment says."""
    return (os.environ.get(FOLLOWED) or "").strip() or None


def spill_folder(given, url):
    """The folder for batches that wait. One that is named is taken as it is; else one of this user and this server."""
    named = given or os.environ.get("ETALON_SPILL_DIR")
    if named:
        path = os.path.expanduser(named if hasattr(named, "__fspath__") else str(named))
        try:
            return os.path.abspath(path)
        except OSError:  # the working directory is gone
            return path
    return os.path.join(_cache(), safe_name(re.sub(r"^https?://", "", url)))


def safe_name(name):
    """A folder name for any text: itself where that is harmless, else with a fingerprint, so that two never meet."""
    if re.match(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z", name) and not name.endswith("."):
        return name
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:60].strip("_") + "-" + mark


def is_silent_rank():
    """Whether this process is one of several of a distributed training and not the first."""
    if os.environ.get("ETALON_ALL_RANKS", "") not in ("", "0"):
        return False
    if _rank("RANK") is not None:
        return _rank("RANK") > 0
    return any((_rank(name) or 0) > 0 for name in _RANKS)


def _rank(name):
    try:
        return int(os.environ[name])
    except (KeyError, ValueError):
        return None


def _cache():
    """The user's own cache folder; a folder of hers in the temporary one where she has no home."""
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if base and os.path.isabs(base) and _can_make(base):
        return os.path.join(base, "etalon")
    user = os.getuid() if hasattr(os, "getuid") else 0
    try:
        folder = os.path.join(tempfile.gettempdir(), "etalon-%d" % user)
    except OSError:  # nothing can be written anywhere
        return _NOWHERE
    try:
        os.mkdir(folder, 0o700)
    except OSError:
        pass
    try:
        mine = os.lstat(folder).st_uid == user
    except OSError:
        mine = True  # it cannot be made either: what cannot be kept there waits in memory
    try:
        return folder if mine else tempfile.mkdtemp(prefix="etalon-")
    except OSError:
        return _NOWHERE


def _can_make(folder):
    """Whether this user may write into the folder, or into the first one above it that exists."""
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return os.access(folder, os.W_OK | os.X_OK)
