"""What POST /runs is told, and how a field that the server refuses does not keep the points away."""

import hashlib
import json
import uuid

from . import values
from .transport import TOO_LARGE, NotNow, Refused

_MOST_TRIES = 8
_CONFIG_BYTES = 12_000_000
LEFT_OUT = "etalonLeftOut"


FOLLOWS = "etalon_recommendation"


def begin_of(project, id=None, name=None, config=None, dimensions=None, tags=None, follows=None):
    """The body of POST /runs, made of whatever a program gives: always JSON, within the server's lengths."""
    body = {"project": values.text(project), "id": _id(id), "config": _config(config), "dimensions": {}, "tags": _tags(tags)}
    name = None if name is None else values.text(name, values.RUN_NAME_CHARACTERS)
    if name:
        body["name"] = name
    if follows is not None and isinstance(body["config"], dict):
        body["config"].setdefault(FOLLOWS, values.text(follows))
    found = values.plain(dimensions) if dimensions is not None else {}
    if isinstance(found, dict):
        given = dimensions if isinstance(dimensions, dict) else found
        body["dimensions"] = {values.text(k): values.dimension(v) for k, v in given.items() if v is not None}
    else:
        _note(body, "dimensions", found, "not a dict")
    return body


def joined(earlier, begin):
    """Takes along what an earlier process wanted to say of the same run and never could."""
    for field in ("config", "dimensions"):
        if isinstance((earlier or {}).get(field), dict):
            begin[field] = dict(values.plain(earlier[field]), **begin[field])
    for field in ("name", "tags"):
        if (earlier or {}).get(field) and not begin.get(field):
            begin[field] = earlier[field]


def create_run(call, begin, warn):
    """POST /runs; without the fields that the server refuses, which the config then names. Returns the answer.

    Raises `Refused` where not even project and id are taken, `NotNow` where it must be tried again.
    """
    body = json.loads(json.dumps(begin))
    for _ in range(_MOST_TRIES):
        try:
            return call("/runs", body)
        except Refused as e:
            if not _leave_out(body, e, warn):
                raise
        except NotNow as e:
            if e.code != TOO_LARGE or not _halve_config(body, warn):
                raise
    minimal = {"project": begin.get("project"), "id": begin.get("id"), "config": {LEFT_OUT: "everything but the id"}}
    return call("/runs", minimal)


def _leave_out(body, refused, warn):
    """Takes what was refused out of the body; False where nothing more can be taken out."""
    fields = [(str(i.get("field")), str(i.get("message"))) for i in refused.issues]
    changed = False
    for field, why in fields:
        top, _, rest = field.partition(".")
        if top in ("project", "id") or top not in body:
            continue
        inner = rest.partition(".")[0]
        if inner and isinstance(body[top], dict) and inner in body[top]:
            _note(body, field, body[top].pop(inner), why)
        elif top in ("name", "tags", "dimensions"):
            _note(body, top, body.pop(top), why)
        else:
            body["config"] = {LEFT_OUT: {"config": why}}
        changed = True
    if not changed and not any(f.partition(".")[0] in ("project", "id") for f, _ in fields):
        changed = _without_the_rest(body, refused)
    if changed:
        warn("begin", "the run is begun without what the server refuses: %s" % refused)
    return changed


def _halve_config(body, warn):
    """Leaves out the largest keys of the config, half of all there is; False where there is nothing left to leave out."""
    config = body["config"]
    sizes = {k: len(json.dumps(v)) for k, v in config.items() if k != LEFT_OUT}
    total, gone, left_out = sum(sizes.values()), 0, []
    for key in sorted(sizes, key=sizes.get, reverse=True):
        if gone * 2 >= total > 0 and left_out:
            break
        left_out.append(key)
        gone += sizes[key]
        del config[key]
    if left_out:
        why = "larger than what is taken on the way to the server"
        _note(body, "config", values.shown(left_out), why)
        warn("config", "the run is begun without %s of its config: %s" % (values.shown(left_out), why))
    return bool(left_out)


def _without_the_rest(body, refused):
    """For a refusal that names no field: not found is the project, anything else may be config or dimensions."""
    if refused.code in ("not_found", "conflict"):
        return False
    why = str(refused)[:500]
    if set(body.get("config", {})) - {LEFT_OUT}:
        body["config"] = {LEFT_OUT: {"config": why}}
        return True
    for field in ("dimensions", "tags", "name"):
        if body.pop(field, None):
            _note(body, field, "", why)
            return True
    return False


def _note(body, field, value, why):
    notes = body["config"].setdefault(LEFT_OUT, {})
    if isinstance(notes, dict):
        notes[field] = "%s (%s)" % (values.shown(value), values.text(why, 500))


def _id(given):
    text = values.text(given) if given is not None else ""
    if not text:
        return uuid.uuid4().hex
    if len(text.encode("utf-16-le")) <= 400:
        return text
    mark = hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
    return values.text(text, 150) + "-" + mark


def _config(given):
    found = values.plain(given) if given is not None else {}
    if not isinstance(found, dict):
        found = {"config": found}
    sizes = {k: len(json.dumps(v)) for k, v in found.items()}
    total = sum(sizes.values())
    for key in sorted(sizes, key=sizes.get, reverse=True):
        if total <= _CONFIG_BYTES:
            break
        total -= sizes[key]
        found[key] = "(left out: %d bytes)" % sizes[key]
    return found


def _tags(given):
    if given is None:
        return []
    several = isinstance(given, (list, tuple, set, frozenset)) or (hasattr(given, "__iter__") and not isinstance(given, (str, bytes)))
    listed = list(given) if several else [given]
    if isinstance(given, (set, frozenset)):
        listed = sorted(listed, key=str)
    cut = [values.text(tag, values.TAG_CHARACTERS) for tag in listed if tag is not None]
    return list(dict.fromkeys(tag for tag in cut if tag))[: values.MOST_TAGS]
