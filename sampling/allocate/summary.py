"""What an allocation needs to know about the strata: counts, totals and variances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from citysample.errors import DesignError, did_you_mean, quoted
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray

__all__ = ["StrataSummary", "summarise_strata"]


@dataclass(frozen=True, slots=True, eq=False)
class StrataSummary:
    """Counts, totals and variances of the strata. Made by :func:`summarise_strata`.

    Parameters
    ----------
    labels : tuple of str, length H
        Label of each stratum.
    N : array (H,) of int
        Cities that can be drawn by chance: all but the certainty cities.
    n_certainty : array (H,) of int
        Certainty cities.
    columns : tuple of str
        The columns whose cross forms the strata.
    levels : tuple of tuple of str, length H
        The values of these columns, for each stratum.
    names : tuple of str, length p
        The number columns that are summarised.
    totals : array (H, p)
        Their totals over the N_h cities, in their own units.
    certainty_totals : array (H, p)
        Their totals over the certainty cities.
    S2 : array (H, p, p)
        Their variances and covariances over the N_h cities, divisor N_h - 1; 0 where N_h < 2.
    """

    labels: tuple[str, ...]
    N: IntArray
    n_certainty: IntArray
    columns: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    totals: FloatArray
    certainty_totals: FloatArray
    S2: FloatArray

    @property
    def H(self) -> int:
        """Number of strata."""
        return len(self.labels)

    def total(self, name: str) -> FloatArray:
        """Totals over the cities drawn by chance, shape (H,)."""
        return self.totals[:, self._position(name)]

    def certainty_total(self, name: str) -> FloatArray:
        """Totals over the certainty cities, shape (H,)."""
        return self.certainty_totals[:, self._position(name)]

    def S(self, name: str) -> FloatArray:
        """Standard deviations S_h over the cities drawn by chance, shape (H,)."""
        j = self._position(name)
        return np.sqrt(self.S2[:, j, j])

    def residual_variance(self, variable: str, over: str | None, ratio: float) -> FloatArray:
        """Variances S_h^2 of variable - ratio * over, or of the variable alone, shape (H,)."""
        j = self._position(variable)
        if over is None:
            return self.S2[:, j, j].copy()
        i = self._position(over)
        variance = self.S2[:, j, j] - 2.0 * ratio * self.S2[:, j, i] + ratio**2 * self.S2[:, i, i]
        # A difference below the rounding errors of its terms is 0: the two are proportional.
        scale = self.S2[:, j, j] + ratio**2 * self.S2[:, i, i]
        return np.where(variance > 1e-13 * scale, variance, 0.0)

    def domains(self, by: str | None) -> dict[str, BoolArray]:
        """The strata of each level of a stratum column, as masks (H,); the country if ``by`` is None."""
        if by is None:
            return {"": np.ones(self.H, dtype=np.bool_)}
        if by not in self.columns:
            raise DesignError(
                "DESIGN-VALUE-INVALID",
                "A precision target is asked for domains that are not made of strata.",
                where=f"by = '{by}'",
                got=f"strata of {quoted(self.columns) or 'no column'}",
                expected="a column of the strata",
                remedy=f"Add '{by}' to the strata, or set the target for the country.",
            )
        values = np.array([levels[self.columns.index(by)] for levels in self.levels], dtype=object)
        return {level: values == level for level in dict.fromkeys(values.tolist())}

    def _position(self, name: str) -> int:
        if name not in self.names:
            raise DesignError(
                "DESIGN-VALUE-INVALID",
                "The allocation needs a column that was not summarised.",
                got=f"'{name}'",
                expected="a number column of the frame",
                remedy=did_you_mean(name, self.names),
            )
        return self.names.index(name)


def summarise_strata(
    codes: IntArray,
    labels: Sequence[str],
    certain: BoolArray,
    variables: Mapping[str, FloatArray],
    *,
    columns: Sequence[str] = (),
    levels: Sequence[tuple[str, ...]] = (),
) -> StrataSummary:
    """Counts, totals and variances of the strata of a frame.

    Parameters
    ----------
    codes : array (N,) of int
        Stratum of each city, 0 to H - 1.
    labels : sequence of str, length H
        Labels of the strata.
    certain : array (N,) of bool
        Certainty cities.
    variables : mapping of str to array (N,)
        Number columns, without missing values.
    columns, levels
        The columns of the strata and their values in each stratum.

    Returns
    -------
    StrataSummary
        The summary, in the order of ``labels``.

    Examples
    --------
    >>> people = np.array([1.0, 3.0, 5.0, 9.0])
    >>> one = summarise_strata(np.zeros(4, int), ["all"], people > 6, {"people": people})
    >>> one.N.tolist(), one.total("people").tolist(), one.S("people").tolist()
    ([3], [9.0], [2.0])
    """
    H, p = len(labels), len(variables)
    values = np.column_stack(list(variables.values())) if p else np.empty((codes.size, 0))
    totals, fixed, S2 = np.zeros((H, p)), np.zeros((H, p)), np.zeros((H, p, p))
    for h in range(H):
        members = codes == h
        drawn = values[members & ~certain]
        totals[h] = drawn.sum(axis=0)
        fixed[h] = values[members & certain].sum(axis=0)
        if drawn.shape[0] > 1:
            # Distances from the first city: a constant column then has a variance of exactly 0.
            distance = drawn - drawn[0]
            centred = distance - distance.mean(axis=0)
            S2[h] = np.einsum("ki,kj->ij", centred, centred) / (drawn.shape[0] - 1)
    return StrataSummary(
        tuple(labels),
        np.bincount(codes[~certain], minlength=H).astype(np.int64),
        np.bincount(codes[certain], minlength=H).astype(np.int64),
        tuple(columns),
        tuple(levels),
        tuple(variables),
        totals,
        fixed,
        S2,
    )
