"""Forward-mode differentiation: a value together with its gradient with respect to the totals."""

from __future__ import annotations

import math
from dataclasses import dataclass

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
        return Dual(self.value + other.value, self.gradient + other.gradient)

    def __sub__(self, other: Dual) -> Dual:
        return Dual(self.value - other.value, self.gradient - other.gradient)

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.gradient)

    def __mul__(self, other: Dual) -> Dual:
        return Dual(self.value * other.value, other.value * self.gradient + self.value * other.gradient)

    def __truediv__(self, other: Dual) -> Dual:
        if other.value == 0.0:
            raise UndefinedValueError("division by a total that is zero")
        quotient = self.value / other.value
        return Dual(quotient, (self.gradient - quotient * other.gradient) / other.value)

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
            return Dual(value, slope * self.gradient)
        return (other * self.log()).exp()

    def log(self) -> Dual:
        """Natural logarithm."""
        if self.value <= 0.0:
            raise UndefinedValueError("the logarithm of a number that is not positive")
        return Dual(math.log(self.value), self.gradient / self.value)

    def exp(self) -> Dual:
        """Exponential function."""
        try:
            value = math.exp(self.value)
        except OverflowError:
            raise UndefinedValueError("an exponential that is too large") from None
        return Dual(value, value * self.gradient)
