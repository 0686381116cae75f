"""Numbers as numpy and torch have them, recognised by their methods alone, for machines that have neither."""


class Scalar:
    """np.int64(3), np.float32(0.5), np.bool_(True), a 0-d array: `item`, `tolist`, `shape`; changed in place by `fill_`."""

    shape = ()

    def __init__(self, value):
        self.value = value

    def fill_(self, value):
        self.value = value

    def item(self):
        return self.value

    def tolist(self):
        return self.value


class Array:
    """A one-dimensional array: `item` of one element only; float() of it is refused, as new numpy does."""

    def __init__(self, values):
        self.values = values
        self.shape = (len(values),)

    def item(self):
        if len(self.values) != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return self.values[0]

    def tolist(self):
        return list(self.values)


class Hostile:
    """What refuses to be looked at."""

    def __repr__(self):
        raise RuntimeError("no")

    __str__ = __float__ = item = tolist = __repr__


def kinds():
    """Pairs of a name and a function that makes such a number of a Python one; the real libraries where there are any."""
    found = [("stand-in", Scalar), ("one element", lambda v: Array([v]))]
    try:
        import numpy

        found += [("numpy", lambda v: numpy.asarray(v)[()]), ("numpy 0-d", numpy.asarray), ("numpy array", lambda v: numpy.asarray([v]))]
    except ImportError:
        pass
    try:
        import torch

        found += [("torch", torch.tensor)]
    except ImportError:
        pass
    return found
