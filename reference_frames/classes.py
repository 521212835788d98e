"""Class variables of a frame, such as size classes, from the bounds of a number."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from citysample.errors import FrameError, quoted
from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["class_codes", "class_labels"]


def class_codes(values: FloatArray, bounds: Sequence[float]) -> IntArray:
    """The class of each value: 0 below the first bound, 1 from the first bound on, and so on.

    A value equal to a bound belongs to the higher class.

    Parameters
    ----------
    values : array (N,)
        Values of the cities, in the unit of the bounds.
    bounds : sequence of float
        Rising bounds.

    >>> class_codes(np.array([1999.0, 2000.0, 9000.0]), [2000, 8000]).tolist()
    [0, 1, 2]
    """
    return np.searchsorted(np.asarray(bounds, dtype=np.float64), values, side="right").astype(np.int64)


def class_labels(bounds: Sequence[float], labels: Sequence[str] | None = None) -> list[str]:
    """One label for each class; given labels are checked.

    >>> class_labels([2000, 8000])
    ['under 2000', '2000 to under 8000', '8000 and over']
    """
    rising = all(low < high for low, high in pairwise(bounds))
    if not bounds or not rising or not all(np.isfinite(bound) for bound in bounds):
        raise FrameError(
            "FRAME-CLASSES-INVALID",
            "The bounds of the classes must rise.",
            got=quoted(bounds),
            expected="one or more finite numbers, each larger than the one before",
            remedy="Correct the bounds.",
        )
    if labels is not None:
        if len(labels) != len(bounds) + 1 or len(set(labels)) != len(labels):
            raise FrameError(
                "FRAME-CLASSES-INVALID",
                "The labels do not fit the bounds.",
                got=f"{len(labels)} labels: {quoted(labels)}",
                expected=f"{len(bounds) + 1} different labels for {len(bounds)} bounds",
                remedy="Give one label more than there are bounds.",
            )
        return list(labels)
    text = [f"{bound:.15g}" for bound in bounds]
    middle = [f"{low} to under {high}" for low, high in pairwise(text)]
    return [f"under {text[0]}", *middle, f"{text[-1]} and over"]
