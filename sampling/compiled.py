"""Sequential loops that run as plain Python, or compiled by numba if the extra ``fast`` is installed.

The source is one and the same, so the cities drawn do not depend on whether numba is there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["Kernel", "helper", "kernel", "read_only"]

Result = TypeVar("Result")
Scalar = TypeVar("Scalar", bound=np.generic)

WORK = 15_000_000
"""Plain steps of 0.1 microseconds, 1.5 s in all, from which compiled code pays: numba takes one to two
seconds to start, and as long again or longer for a loop that is compiled for the first time."""
HELPERS: list[Callable[..., Any]] = []
"""Functions that loops call and that numba does not know yet."""
SWITCH = "CITYSAMPLE_FAST"
"""Environment variable: ``0`` never compiles, ``1`` always; otherwise the amount of work decides."""


class Kernel:
    """A loop over one-dimensional arrays that writes its results into arrays among its arguments.

    Parameters
    ----------
    source : callable
        The loop. Its arguments are sequences, which it reads and writes by index, and plain numbers.
        Plain Python hands it lists, because they are faster than arrays there; numba hands it arrays.
    """

    def __init__(self, source: Callable[..., Any]) -> None:
        self.source = source
        self.spent = 0.0
        self.__doc__ = source.__doc__
        self.__name__ = source.__name__

    def __call__(self, work: float, *arguments: Any) -> Any:  # noqa: ANN401  what the loop returns
        """Run the loop.

        Parameters
        ----------
        work : float
            About how long the loop takes in plain Python, in steps of 0.1 microseconds. Once all calls
            together took ``WORK`` steps, the loop is compiled: so many small draws are fast, too, and
            the wait for kept code is about the time that plain Python took.
        *arguments
            Arrays (contiguous, one-dimensional) and numbers. Arrays are changed in place.
        """
        self.spent += work
        if _compiles(self.spent):
            return _compiled(self.source)(*arguments)
        plain = [value.tolist() if isinstance(value, np.ndarray) else value for value in arguments]
        result = self.source(*plain)
        for value, changed in zip(arguments, plain, strict=True):
            if isinstance(value, np.ndarray) and value.flags.writeable:
                value[:] = changed
        return result


def kernel(source: Callable[..., Any]) -> Kernel:
    """Decorator that makes a loop a :class:`Kernel`.

    Examples
    --------
    >>> @kernel
    ... def cumulate(values, sums):
    ...     total = 0.0
    ...     for k in range(len(values)):
    ...         total += values[k]
    ...         sums[k] = total
    >>> sums = np.empty(3)
    >>> cumulate(3, np.array([1.0, 2.0, 3.0]), sums)
    >>> sums.tolist()
    [1.0, 3.0, 6.0]
    """
    return Kernel(source)


def helper(source: Callable[..., Result]) -> Callable[..., Result]:
    """Decorator of a function that kernels call; the function itself stays as it is.

    It stands in the file of its kernels: compiled code is kept until that file changes.

    Examples
    --------
    >>> @helper
    ... def square(value):
    ...     return value * value
    >>> square(3.0)
    9.0
    """
    HELPERS.append(source)
    return source


def read_only(values: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """A contiguous view that a kernel cannot change, so that plain Python need not copy it back.

    >>> read_only(np.array([1.0, 2.0])).flags.writeable
    False
    """
    view = np.ascontiguousarray(values).view()
    view.flags.writeable = False
    return view


def _compiles(work: float) -> bool:
    switch = os.environ.get(SWITCH, "")
    wanted = switch == "1" or (switch != "0" and work >= WORK)
    return wanted and find_spec("numba") is not None


@cache
def _compiled(source: Callable[..., Any]) -> Callable[..., Any]:
    import numba
    from numba.extending import register_jitable

    while HELPERS:
        register_jitable(HELPERS.pop())
    # fastmath stays off: it may change the order of sums, and so the cities drawn.
    try:
        compiled: Callable[..., Any] = numba.njit(source, cache=True)
    except RuntimeError:  # no folder where the compiled code could be kept
        compiled = numba.njit(source)
    return compiled
