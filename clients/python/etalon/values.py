"""Values as Etalon's JSON has them: numbers, steps, texts and configs of whatever a training program holds.

numpy, torch, jax and their kind are recognised by their methods (`item`, `tolist`), so none of them is imported.
"""

import dataclasses
import math
from collections import deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

# Limits of the HTTP API (GET /api/v1/openapi.json says them).
MOST_STEP = 2**53 - 1
NAME_BYTES = 500
RUN_NAME_CHARACTERS = 200
TAG_CHARACTERS = 100
MOST_TAGS = 100
ERROR_CHARACTERS = 20_000
ALERT_TITLE_CHARACTERS = 200
ALERT_CHARACTERS = 5_000

PLAIN = frozenset((float, int, bool))
_SCALARS = frozenset((float, int, bool, type(None)))
_DEEP = 100
_LONG_ARRAY = 10_000
_MOST_TOKENS = 1.7976931348623157e308


class Bad:
    """A value that cannot be sent; `why` says so to a person."""

    __slots__ = ("why",)

    def __init__(self, why):
        self.why = why


def copied(metrics):
    """The metrics of one call, as they are now: a dict of names to float, int, bool or `Bad`; never raises.

    Nested mappings are joined by "/": {"train": {"loss": 1}} is "train/loss".
    """
    flat = {}
    try:
        _flatten(metrics, "", flat, 0)
    except Exception as e:  # a mapping of somebody else's making
        flat[""] = Bad("cannot be read: %s" % described(e))
    return flat


def scalar(value):
    """A step or token count as it is now: None, a plain number, or `Bad`; never raises."""
    if type(value) in _SCALARS:
        return value
    try:
        if isinstance(value, (str, bytes)):
            return Bad("%s is text" % shown(value))
        item = _item(value)
        return int(item) if isinstance(item, int) else number(item)
    except Exception:
        return Bad("%s is not a number" % shown(value))


def number(value):
    """The value as a float, as float() takes it; arrays of one element too. Raises TypeError, ValueError, OverflowError."""
    if type(value) is float:
        return value
    if isinstance(value, (int, float, Decimal, Fraction, str)):
        return float(value)
    if isinstance(value, (bytes, bytearray, type)):
        raise TypeError("not a number")
    return float(_item(value))


def step(value):
    """A step as a whole number from 0 to 2^53 - 1. Raises ValueError with the reason."""
    if isinstance(value, Bad):
        raise ValueError(value.why)
    if not isinstance(value, int):
        if not (math.isfinite(value) and value == math.floor(value)):
            raise ValueError("%r is not a whole number" % value)
    whole = int(value)
    if not 0 <= whole <= MOST_STEP:
        raise ValueError("%s is not from 0 to 2^53 - 1" % shown(whole))
    return whole


def tokens(value):
    """A token count as a finite float of at least 0. Raises ValueError with the reason."""
    if isinstance(value, Bad):
        raise ValueError(value.why)
    try:
        count = float(value)
    except OverflowError:
        raise ValueError("%s is too large" % shown(value))
    if not 0 <= count <= _MOST_TOKENS:
        raise ValueError("%r is not a count of tokens" % value)
    return count


def real(value):
    """A float as JSON has it: the non-finite ones by name."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def text(value, most=None):
    """The value as text that the server can store: no U+0000, no half surrogate pair, at most `most` UTF-16 units."""
    try:
        # A text that is a member of an enumeration is its value: str() would give the member's name.
        s = value if type(value) is str else str.__str__(value) if isinstance(value, str) else str(value)
    except Exception:
        s = "(unreadable %s)" % type(value).__name__
    if "\0" in s:
        s = s.replace("\0", "\ufffd")
    try:
        s.encode("utf-8")
    except UnicodeEncodeError:
        s = s.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if most is not None and len(s) * 2 > most:
        units = s.encode("utf-16-le")
        if len(units) > 2 * most:
            s = units[: 2 * most].decode("utf-16-le", "ignore")
    return s


def long_text(value, most):
    """The same, with the middle left out where it is too long: errors say what they are at both ends."""
    s = text(value)
    if len(s.encode("utf-16-le")) <= 2 * most:
        return s
    half = most // 2 - 50
    tail = s[-half:].encode("utf-16-le")[-2 * half :].decode("utf-16-le", "ignore")
    return "%s\n... %d characters left out ...\n%s" % (text(s, half), len(s) - 2 * half, tail)


def plain(value, _above=()):
    """The value as JSON can hold it, at any depth; numbers stay numbers. Never raises.

    What JSON has no word for becomes text: NaN and infinities by name, integers beyond doubles, unknown objects.
    """
    try:
        return _plain(value, _above)
    except Exception as e:
        return "(unreadable %s: %s)" % (type(value).__name__, type(e).__name__)


def dimension(value):
    """The same for a dimension: arrays of one element are their number."""
    found = plain(value)
    while isinstance(found, list) and len(found) == 1:
        found = found[0]
    return found


def shown(value):
    """A short text of the value for a message."""
    if isinstance(value, int) and value.bit_length() > 1_000:
        return "an integer of %d bits" % value.bit_length()
    try:
        s = text(repr(value))
    except Exception:
        s = "a %s" % type(value).__name__
    return s if len(s) <= 80 else s[:77] + "..."


def described(error):
    """An exception as text: class and message."""
    return "%s: %s" % (type(error).__name__, text(error))


def _flatten(metrics, before, flat, depth):
    if not isinstance(metrics, Mapping):
        if metrics is None or not hasattr(metrics, "items"):
            flat[before] = Bad("%s is not a dict of names to numbers" % shown(metrics))
            return
    if depth > _DEEP:
        flat[before] = Bad("is nested too deep")
        return
    for name, value in list(metrics.items()):
        key = before + "/" + text(name) if before else name
        if type(value) in PLAIN:
            flat[key] = value
        elif isinstance(value, Mapping):
            _flatten(value, text(key), flat, depth + 1)
        else:
            flat[key] = _copied_value(value)


def _copied_value(value):
    try:
        return number(value)
    except OverflowError:
        return Bad("%s is too large for a double" % shown(value))
    except Exception:
        return Bad("%s is not a number" % shown(value))


def _item(value):
    if hasattr(value, "filled") and bool(getattr(value.mask, "all", lambda: value.mask)()):
        raise ValueError("masked")  # the number behind the mask is none
    item = getattr(value, "item", None)
    return item() if callable(item) else value


def _plain(value, above):
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int):
        whole = int(value)
        if whole.bit_length() < 1_024:
            return whole
        return str(whole) if whole.bit_length() < 13_000 else "(an integer of %d bits)" % whole.bit_length()
    if isinstance(value, float):
        return real(float(value))
    if isinstance(value, (Decimal, Fraction)):
        return _plain_exact(value)
    if isinstance(value, type):
        return text(value)
    if id(value) in above:
        return "(refers to itself)"
    if len(above) >= _DEEP:
        return "(nested too deep)"
    return _plain_object(value, above + (id(value),))


def _plain_exact(value):
    try:
        nearest = float(value)
    except (OverflowError, ValueError):
        return text(value)
    return text(value) if math.isinf(nearest) and value == value and abs(value) != nearest else real(nearest)


def _plain_object(value, above):
    if isinstance(value, Mapping):
        return _plain_mapping(value, above)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain_mapping(value._asdict(), above)
    if isinstance(value, (list, tuple, deque, range)):
        return [plain(v, above) for v in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(v, above) for v in value), key=str)
    if isinstance(value, (bytes, bytearray)):
        return text(bytes(value).decode("utf-8", "replace"))
    if dataclasses.is_dataclass(value):
        return _plain_mapping({f.name: getattr(value, f.name) for f in dataclasses.fields(value)}, above)
    if type(value).__name__ in ("Namespace", "SimpleNamespace"):  # argparse and its kind
        return _plain_mapping(vars(value), above)
    if callable(getattr(value, "tolist", None)):
        return _plain_array(value, above)
    if isinstance(value, Sequence):  # of OmegaConf and its kind
        return [plain(v, above) for v in value]
    for name in ("model_dump", "to_dict"):  # of pydantic and of Hugging Face's configurations
        as_dict = getattr(value, name, None)
        if callable(as_dict) and not hasattr(value, "shape"):
            found = as_dict()
            if isinstance(found, Mapping):
                return _plain_mapping(found, above)
    if callable(getattr(value, "item", None)):
        return plain(value.item(), above)
    if hasattr(value, "__index__"):
        return plain(value.__index__(), above)
    if hasattr(value, "__float__"):
        return real(float(value))
    return text(value)


def _plain_array(value, above):
    shape = tuple(int(n) for n in getattr(value, "shape", ()))
    size = 1
    for n in shape:
        size *= n
    if size > _LONG_ARRAY:
        return "(an array of shape %s)" % (shape,)
    listed = value.tolist()
    if listed is value or type(listed) is type(value):  # numpy's long double is its own item
        return real(float(listed))
    return plain(listed, above)


def _plain_mapping(value, above):
    out = {}
    for key, v in list(value.items()):
        name = text(key)
        unique, again = name, 2
        while unique in out:  # 1 and "1" are two keys
            unique, again = "%s (%d)" % (name, again), again + 1
        out[unique] = plain(v, above)
    return out
