"""Reverse-mode differentiation of numpy float64 arrays: just the operations that a decoder needs.

Independent of the trainer: no formula of a gradient in C++ was looked at or copied; every derivative below is of one
primitive, and the chain rule does the rest.
"""

import numpy as np


class Var:
    """An array with the operations that made it; `grad` is filled by backward()."""

    def __init__(self, value, parents=()):
        self.value = np.asarray(value, dtype=np.float64)
        self.parents = parents  # (Var, function from this gradient to that parent's)
        self.grad = None

    def __add__(self, other):
        other = as_var(other)
        return Var(self.value + other.value, ((self, lambda g: fold(g, self)), (other, lambda g: fold(g, other))))

    def __mul__(self, other):
        other = as_var(other)
        return Var(self.value * other.value,
                   ((self, lambda g: fold(g * other.value, self)), (other, lambda g: fold(g * self.value, other))))

    def __sub__(self, other):
        return self + as_var(other) * -1.0

    def __truediv__(self, other):
        return self * power(as_var(other), -1.0)

    def __matmul__(self, other):
        a, b = self.value, other.value
        return Var(a @ b, ((self, lambda g: fold(g @ np.swapaxes(b, -1, -2), self)),
                           (other, lambda g: fold(np.swapaxes(a, -1, -2) @ g, other))))

    def reshape(self, *shape):
        return Var(self.value.reshape(shape), ((self, lambda g: g.reshape(self.value.shape)),))

    def transpose(self, *axes):
        return Var(self.value.transpose(axes), ((self, lambda g: g.transpose(np.argsort(axes))),))

    def __getitem__(self, index):
        def scatter(g):
            out = np.zeros_like(self.value)
            np.add.at(out, index, g)
            return out
        return Var(self.value[index], ((self, scatter),))

    def sum(self, axis=None, keepdims=False):
        def spread(g):
            if axis is not None and not keepdims:
                g = np.expand_dims(g, axis)
            return np.broadcast_to(g, self.value.shape)
        return Var(self.value.sum(axis=axis, keepdims=keepdims), ((self, spread),))

    def mean(self, axis, keepdims=False):
        return self.sum(axis, keepdims) * (1.0 / self.value.shape[axis])


def as_var(x):
    return x if isinstance(x, Var) else Var(x)


def fold(g, var):
    """Sums a gradient over the axes along which `var` was broadcast."""
    while g.ndim > var.value.ndim:
        g = g.sum(axis=0)
    for axis, size in enumerate(var.value.shape):
        if size == 1 and g.shape[axis] != 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


def power(x, exponent):
    return Var(x.value**exponent, ((x, lambda g: g * exponent * x.value ** (exponent - 1.0)),))


def exp(x):
    y = np.exp(x.value)
    return Var(y, ((x, lambda g: g * y),))


def log(x):
    return Var(np.log(x.value), ((x, lambda g: g / x.value),))


def concat(parts, axis):
    edges = np.cumsum([0] + [p.value.shape[axis] for p in parts])
    pick = [lambda g, a=a, b=b: np.take(g, range(a, b), axis=axis) for a, b in zip(edges, edges[1:])]
    return Var(np.concatenate([p.value for p in parts], axis=axis), tuple(zip(parts, pick)))


def log_sum_exp(x):
    """Over the last axis, which is kept."""
    top = x.value.max(axis=-1, keepdims=True)
    return log(exp(x - top).sum(axis=-1, keepdims=True)) + top


def silu(x):
    return x / (exp(x * -1.0) + 1.0)


def backward(root):
    """Fills `grad` of every Var that `root`, a scalar, depends on."""
    order, seen = [], set()

    def visit(var):
        if id(var) in seen:
            return
        seen.add(id(var))
        for parent, _ in var.parents:
            visit(parent)
        order.append(var)

    visit(root)
    for var in order:
        var.grad = np.zeros_like(var.value)
    root.grad = np.ones_like(root.value)
    for var in reversed(order):
        for parent, pull in var.parents:
            parent.grad = parent.grad + pull(var.grad)
