"""Forward-mode differentiation: a value together with its gradient with respect to the totals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from citysample.reference_frames.columns import FloatArray

__all__ = ["Dual", "UndefinedValueError"]


class UndefinedValueError(ArithmeticError):
    """The function has no value at these totals. The message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Dual:
    """A value f(T) and its gradient, for totals T = (T_1, ..., T_p).

    Parameters
    ----------
    value : float
        f(T).
    gradient : array (p,)
        Partial derivatives of f at T.

    Notes
    -----
    Each operation applies the chain rule, so the gradient is exact up to rounding.

    References
    ----------
    Griewank, A., Walther, A. (2008). Evaluating Derivatives, 2nd ed., SIAM, ch. 3.
    """

    value: float
    gradient: FloatArray

    def __add__(self, other: Dual) -> Dual:
        return _finite(self.value + other.value, self.gradient + other.gradient)

    def __sub__(self, other: Dual) -> Dual:
        return _finite(self.value - other.value, self.gradient - other.gradient)

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.gradient)

    def __mul__(self, other: Dual) -> Dual:
        gradient = other.value * self.gradient + self.value * other.gradient
        return _finite(self.value * other.value, gradient)

    def __truediv__(self, other: Dual) -> Dual:
        if other.value == 0.0:
            raise UndefinedValueError("division by a total that is zero")
        quotient = self.value / other.value
        return _finite(quotient, (self.gradient - quotient * other.gradient) / other.value)

    def __pow__(self, other: Dual) -> Dual:
        constant = not other.gradient.any()
        if constant and (self.value != 0.0 or other.value >= 1.0):
            try:
                value = self.value**other.value
                slope = other.value * self.value ** (other.value - 1.0) if other.value else 0.0
            except OverflowError:
                raise UndefinedValueError("a power that is too large") from None
            if isinstance(value, complex):
                raise UndefinedValueError("a broken power of a negative number")
            return _finite(value, slope * self.gradient)
        return (other * self.log()).exp()

    def log(self) -> Dual:
        """Natural logarithm."""
        if self.value <= 0.0:
            raise UndefinedValueError("the logarithm of a number that is not positive")
        return _finite(math.log(self.value), self.gradient / self.value)

    def exp(self) -> Dual:
        """Exponential function."""
        try:
            value = math.exp(self.value)
        except OverflowError:
            raise UndefinedValueError("an exponential that is too large") from None
        return _finite(value, value * self.gradient)


def _finite(value: float, gradient: FloatArray) -> Dual:
    """A result that float64 can hold; infinity would turn into a number that looks right."""
    if not (math.isfinite(value) and np.isfinite(gradient).all()):
        raise UndefinedValueError("a number that is too large")
    return Dual(value, gradient)
