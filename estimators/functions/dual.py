"""Forward-mode differentiation: values together with their gradients with respect to the totals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["FUNCTIONS", "REASONS", "TOO_LARGE", "Dual"]

REASONS = (
    "",
    "division by a total that is zero",
    "a power that is too large",
    "a broken power of a negative number",
    "the logarithm of a number that is not positive",
    "an exponential that is too large",
    "a number that is too large",
    "no solution: the regressors are collinear, or the units are too few",
)
"""Why a function has no value, by the number that :class:`Dual` carries; 0 where it has one."""

COLLINEAR = 1e-12
"""Smallest singular value that a matrix of correlations may have, if nothing was lost by subtraction."""

DIVISION, POWER, BROKEN, LOGARITHM, EXPONENTIAL, TOO_LARGE, SINGULAR = range(1, len(REASONS))


@dataclass(frozen=True, slots=True, eq=False)
class Dual:
    """Values f(T) and their gradients, for several vectors of totals T = (T_1, ..., T_p) at once.

    Parameters
    ----------
    value : array (...)
        f(T), for example one for each domain; NaN where it does not exist.
    gradient : array (..., p)
        Partial derivatives of f at T; p = 0 if only values are wanted.
    reason : array (...) of int, optional
        Position in ``REASONS``: why there is no value; 0 where there is one.

    Notes
    -----
    Each operation applies the chain rule, so the gradient is exact up to rounding.

    References
    ----------
    Griewank, A., Walther, A. (2008). Evaluating Derivatives, 2nd ed., SIAM, ch. 3.

    Examples
    --------
    >>> total = Dual(np.array([2.0, 0.0]), np.ones((2, 1)))
    >>> inverse = Dual.constant(1.0, total) / total
    >>> inverse.value.tolist(), inverse.gradient[:, 0].tolist(), inverse.reason.tolist()
    ([0.5, nan], [-0.25, nan], [0, 1])
    """

    value: FloatArray
    gradient: FloatArray
    reason: IntArray

    def __init__(self, value: FloatArray, gradient: FloatArray, reason: IntArray | None = None) -> None:
        object.__setattr__(self, "value", np.asarray(value, dtype=np.float64))
        object.__setattr__(self, "gradient", np.asarray(gradient, dtype=np.float64))
        none = np.zeros(self.value.shape, dtype=np.int64)
        object.__setattr__(self, "reason", none if reason is None else reason)

    @classmethod
    def constant(cls, value: float, like: Dual) -> Dual:
        """A constant of the shape of another dual; its gradient is zero."""
        return cls(np.full(like.value.shape, value), np.zeros_like(like.gradient))

    def __add__(self, other: Dual) -> Dual:
        return _checked(self.value + other.value, self.gradient + other.gradient, self, other)

    def __sub__(self, other: Dual) -> Dual:
        return _checked(self.value - other.value, self.gradient - other.gradient, self, other)

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.gradient, self.reason)

    def __mul__(self, other: Dual) -> Dual:
        with np.errstate(all="ignore"):
            gradient = other.value[..., None] * self.gradient + self.value[..., None] * other.gradient
            return _checked(self.value * other.value, gradient, self, other)

    def __truediv__(self, other: Dual) -> Dual:
        with np.errstate(all="ignore"):
            quotient = self.value / other.value
            gradient = (self.gradient - quotient[..., None] * other.gradient) / other.value[..., None]
        return _checked(quotient, gradient, self, other, bad=other.value == 0.0, why=DIVISION)

    def __pow__(self, other: Dual) -> Dual:
        if other.gradient.any():
            return (other * self.log()).exp()
        with np.errstate(all="ignore"):
            value = self.value**other.value
            slope = np.where(other.value == 0.0, 0.0, other.value * self.value ** (other.value - 1.0))
            broken = (self.value < 0.0) & (other.value != np.floor(other.value))
            flat = (self.value == 0.0) & (other.value < 1.0)
            why = np.select([broken, flat], [BROKEN, LOGARITHM], POWER)
            bad = broken | flat | (np.isinf(value) & np.isfinite(self.value))
            return _checked(value, slope[..., None] * self.gradient, self, other, bad=bad, why=why)

    def log(self) -> Dual:
        """Natural logarithm."""
        with np.errstate(all="ignore"):
            gradient = self.gradient / self.value[..., None]
            return _checked(np.log(self.value), gradient, self, bad=self.value <= 0.0, why=LOGARITHM)

    def exp(self) -> Dual:
        """Exponential function."""
        with np.errstate(all="ignore"):
            value = np.exp(self.value)
            bad = np.isinf(value)
            return _checked(value, value[..., None] * self.gradient, self, bad=bad, why=EXPONENTIAL)

    @staticmethod
    def solve(matrix: list[list[Dual]], right: list[Dual], sizes: list[Dual]) -> list[Dual]:
        """The solution b of A b = c, with db = A^-1 (dc - dA b).

        Parameters
        ----------
        matrix : list of list of Dual
            A, k by k.
        right : list of Dual
            c, of length k.
        sizes : list of Dual
            What the diagonal of A was before anything was subtracted, of length k: it tells how far rounding
            errors reach, and so when A is singular.
        """
        k = len(right)
        shape, p = right[0].value.shape, right[0].gradient.shape[-1]
        a = np.stack([np.stack([cell.value for cell in row], axis=-1) for row in matrix], axis=-2)
        c = np.stack([cell.value for cell in right], axis=-1)
        with np.errstate(all="ignore"):
            scale = np.sqrt(np.abs(np.einsum("...ii->...i", a)))
            scaled = a / (scale[..., :, None] * scale[..., None, :])
            sound = np.isfinite(scaled).all(axis=(-1, -2)) & np.isfinite(c).all(axis=-1)
            scaled = np.where(sound[..., None, None], scaled, np.eye(k))
            lost = np.stack([cell.value for cell in sizes], axis=-1) / scale**2
            # A matrix with unit diagonal: below this its rows are collinear but for rounding.
            sound &= np.linalg.svd(scaled, compute_uv=False)[..., -1] > COLLINEAR * lost.max(axis=-1)
            inverse = np.linalg.inv(np.where(sound[..., None, None], scaled, np.eye(k)))
            inverse = inverse / (scale[..., :, None] * scale[..., None, :])
            b = np.einsum("...ij,...j->...i", inverse, c)
            da = np.stack([np.stack([cell.gradient for cell in row], axis=-2) for row in matrix], axis=-3)
            dc = np.stack([cell.gradient for cell in right], axis=-2)
            db = np.einsum("...ij,...jp->...ip", inverse, dc - np.einsum("...jkp,...k->...jp", da, b))
        assert db.shape == (*shape, k, p)
        cells = [cell for row in (*matrix, right) for cell in row]
        return [_checked(b[..., i], db[..., i, :], *cells, bad=~sound, why=SINGULAR) for i in range(k)]


def _checked(
    value: FloatArray,
    gradient: FloatArray,
    *parents: Dual,
    bad: np.ndarray | None = None,
    why: int | IntArray = 0,
) -> Dual:
    """A result that float64 can hold; infinity would turn into a number that looks right."""
    reason = parents[0].reason
    for parent in parents[1:]:
        reason = np.where(reason == 0, parent.reason, reason)
    if bad is not None and bad.any():
        reason = np.where((reason == 0) & bad, why, reason)
    sound = np.isfinite(value)
    if gradient.shape[-1]:
        sound &= np.isfinite(gradient).all(axis=-1)
    if not sound.all():
        reason = np.where((reason == 0) & ~sound, TOO_LARGE, reason)
    if reason.any():
        value = np.where(reason == 0, value, np.nan)
        gradient = np.where((reason == 0)[..., None], gradient, np.nan)
    return Dual(value, gradient, reason)


FUNCTIONS: dict[str, Callable[[Dual], Dual]] = {"log": Dual.log, "exp": Dual.exp}
"""Functions of one argument, by their name in the text of an expression."""
