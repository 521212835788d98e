"""What one draw is handed: the cities that are drawn together, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["SelectionTask"]


@dataclass(frozen=True, slots=True, eq=False)
class SelectionTask:
    """The N cities of a group that are neither certain nor left out.

    Parameters
    ----------
    pi : array (N,)
        Probabilities that the method aims at, strictly between 0 and 1.
    balance : array (N, p), optional
        Balancing variables.
    coordinates : array (N, q), optional
        Where the cities lie, in units that make distances comparable.
    order : array (N,) of int, optional
        The cities in the order in which a sequential method walks through them.
    strata : array (N,) of int, optional
        Strata whose sizes a balanced draw over the whole frame must keep.
    """

    pi: FloatArray
    balance: FloatArray | None = None
    coordinates: FloatArray | None = None
    order: IntArray | None = None
    strata: IntArray | None = None

    @property
    def N(self) -> int:
        """Number of cities."""
        return int(self.pi.size)

    @property
    def n(self) -> int:
        """Sample size that the probabilities ask for."""
        return round(float(self.pi.sum()))

    def part(self, cities: IntArray, pi: FloatArray) -> SelectionTask:
        """The task for some of the cities, with other probabilities."""
        order = None
        if self.order is not None:
            place = np.empty(self.N, dtype=np.int64)
            place[self.order] = np.arange(self.N)
            order = np.argsort(place[cities], kind="stable")
        return replace(
            self,
            pi=pi,
            balance=None if self.balance is None else self.balance[cities],
            coordinates=None if self.coordinates is None else self.coordinates[cities],
            order=order,
            strata=None if self.strata is None else self.strata[cities],
        )
