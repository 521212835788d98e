"""Replicate weights that came with the data: read, checked, and kept with their scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from citysample.errors import DataError, DesignError, did_you_mean, quoted
from citysample.reference_frames.columns import FloatArray, numbers, require_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["REPLICATE_SCALES", "DeliveredReplicates", "ReplicateOptions", "replicate_columns"]

LIKELY = 2.0
"""Replicate weights add up to the weights, on average over the replicates, within this factor."""


@dataclass(frozen=True, slots=True, eq=False)
class DeliveredReplicates:
    """Replicate weights that were delivered with the data. R is their number.

    The variance of an estimate theta is ``scale * sum_r rscales_r (theta_r - centre)^2``.

    Parameters
    ----------
    weights : array (n, R)
        Weights of each replicate, the full weight included.
    scale : float
        Common factor, above 0.
    rscales : array (R,)
        Factor of each replicate, at least 0.
    method : str
        A key of ``REPLICATE_SCALES``.
    mse : bool
        True: the centre is the estimate of the full sample; False: it is the mean of the replicates.
    names : tuple of str, length R
        The columns that they came from.
    """

    weights: FloatArray
    scale: float
    rscales: FloatArray
    method: str
    mse: bool
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        R = len(self.names)
        if self.weights.ndim != 2 or self.weights.shape[1] != R or R < 2:
            _refuse(
                "Replicate weights have the wrong shape.",
                f"shape {self.weights.shape} for {R} names",
                "at least 2 replicates, a column for each",
            )
        if not np.isfinite(self.weights).all():
            _refuse("Replicate weights are missing or infinite.", "NaN or infinity", "finite numbers")
        if (self.weights < 0.0).any() and self.method not in NEGATIVE:
            r = int(np.flatnonzero((self.weights < 0.0).any(axis=0))[0])
            _refuse(
                "Replicate weights are negative.",
                f"{int((self.weights < 0.0).sum())} values below 0, first in '{self.names[r]}'",
                f"0 or more; only with {quoted(NEGATIVE)} producers deliver some below 0",
            )
        empty = [name for name, total in zip(self.names, self.weights.sum(axis=0), strict=True) if total <= 0]
        if empty:
            _refuse("Replicates have no weight at all.", quoted(empty), "a sum above 0 in each replicate")
        if not (np.isfinite(self.scale) and self.scale > 0.0):
            _refuse("The scale of the replicates is out of range.", f"scale = {self.scale}", "above 0")
        usable = np.isfinite(self.rscales) & (self.rscales >= 0.0)
        if self.rscales.shape != (R,) or not usable.all() or not self.rscales.any():
            _refuse(
                "The scales of single replicates are out of range.",
                f"rscales of shape {self.rscales.shape}: {quoted(self.rscales.ravel().tolist())}",
                f"one number, or {R} numbers of 0 or more, not all 0",
            )

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, slots=True)
class ReplicateOptions:
    """How delivered replicates are to be read; see :meth:`CitySample.from_table`."""

    replicates: str | Sequence[str] | None = None
    method: str | None = None
    scale: float | None = None
    rscales: float | Sequence[float] | None = None
    fay: float | None = None
    combined: bool = True
    mse: bool = True

    def __post_init__(self) -> None:
        self._refuse_kinds()
        given = {
            "replicate_method": self.method,
            "scale": self.scale,
            "rscales": self.rscales,
            "fay": self.fay,
        }
        if self.replicates is None:
            alone = [name for name, value in given.items() if value is not None]
            if alone:
                raise _unused(alone, "without replicates", "Name the columns: replicates = 'rep_*'.")
            return
        if self.method not in REPLICATE_SCALES:
            raise DesignError(
                "DESIGN-VALUE-INVALID",
                "The method of the replicates is not known.",
                got=f"replicate_method = {self.method!r}",
                expected=f"one of {quoted(REPLICATE_SCALES, limit=9)}",
                remedy=did_you_mean(str(self.method), REPLICATE_SCALES)
                if self.method is not None
                else "Say replicate_method; the documentation of the data names it.",
            )
        if self.method == "fay":
            if not _is_number(self.fay) or not 0.0 <= float(self.fay or 0.0) < 1.0:
                _refuse("Fay's method needs its factor.", f"fay = {self.fay!r}", "fay from 0 to below 1")
        elif self.fay is not None:
            raise _unused(["fay"], f"with '{self.method}'", "Remove fay, or say replicate_method = 'fay'.")
        if self.method in KNOWN_SCALE:
            both = [name for name in ("scale", "rscales") if given[name] is not None]
            if both:
                remedy = "Remove them; the method fixes the scale. For other scales say 'other'."
                raise _unused(both, f"with '{self.method}'", remedy)
        if self.method == "jkn" and self.rscales is None:
            _refuse(
                "The stratified jackknife needs the scale of each replicate.",
                "no rscales",
                "rscales, (n_h - 1)/n_h of the stratum of each replicate; 1 if two PSUs of each stratum vary",
            )
        if self.method == "other" and self.scale is None:
            _refuse("Replicates of an unnamed method need their scale.", "no scale", "a number above 0")

    def _refuse_kinds(self) -> None:
        names = [self.replicates] if isinstance(self.replicates, (str, type(None))) else self.replicates
        listed = isinstance(names, (list, tuple)) and all(isinstance(n, (str, type(None))) for n in names)
        flags = isinstance(self.combined, bool) and isinstance(self.mse, bool)
        if not (listed and flags and isinstance(self.method, (str, type(None)))):
            raise DesignError(
                "DESIGN-VALUE-INVALID",
                "An option of the replicates is of the wrong kind.",
                got=f"replicates = {self.replicates!r}, replicate_method = {self.method!r}, "
                f"combined = {self.combined!r}, mse = {self.mse!r}",
                expected="a pattern or a list of columns; the name of a method; True or False twice",
                remedy="Correct the options.",
            )

    def read(self, table: pd.DataFrame, weights: FloatArray) -> DeliveredReplicates | None:
        """The replicates of a table whose full weights are known; None if none were delivered."""
        if self.replicates is None:
            return None
        names = replicate_columns(table, self.replicates)
        found = np.stack([numbers(table, name, "DATA") for name in names], axis=1)
        if not self.combined:
            found = found * weights[:, None]
        self._refuse_unlikely(found, weights)
        R, rscales = len(names), 1.0 if self.rscales is None else self.rscales
        scale = REPLICATE_SCALES[str(self.method)](R, self.fay or 0.0) if self.scale is None else self.scale
        if not _is_number(scale):
            _refuse("The scale of the replicates is no number.", f"scale = {scale!r}", "a number above 0")
        try:
            each = np.asarray(rscales, dtype=np.float64)
        except (TypeError, ValueError):
            _refuse("rscales must be numbers.", repr(rscales), f"one number, or {R} numbers")
        each = np.full(R, float(each)) if each.ndim == 0 else each
        return DeliveredReplicates(found, float(scale), each, str(self.method), self.mse, names)

    def _refuse_unlikely(self, found: FloatArray, weights: FloatArray) -> None:
        """Refuse factors that were called weights, and weights that were called factors."""
        ratio = float(found.sum(axis=0).mean() / weights.sum())
        if not 1.0 / LIKELY <= ratio <= LIKELY:
            _refuse(
                "The replicates do not fit the weights.",
                f"their sums are {ratio:.3g} times the sum of the weights, on average",
                "about 1 time, with combined = "
                + ("True: the full weights of each replicate" if self.combined else "False: factors"),
                "Say combined = False if the columns hold factors of the weights, True if they hold weights. "
                "Give the weights that the producer delivered with them.",
            )


Scale = Callable[[int, float], float]

REPLICATE_SCALES: dict[str, Scale] = {
    "jk1": lambda R, fay: (R - 1.0) / R,
    "jkn": lambda R, fay: 1.0,
    "brr": lambda R, fay: 1.0 / R,
    "fay": lambda R, fay: 1.0 / (R * (1.0 - fay) ** 2),
    "bootstrap": lambda R, fay: 1.0 / (R - 1.0),
    "sdr": lambda R, fay: 4.0 / R,
    "other": lambda R, fay: 1.0,
}
"""The scale of each method of replicates, from their number R and Fay's factor; as R survey has it."""

KNOWN_SCALE = ("brr", "fay", "sdr")
NEGATIVE = ("sdr", "other")


def replicate_columns(table: pd.DataFrame, replicates: str | Sequence[str]) -> tuple[str, ...]:
    """The columns of the replicates, in the order of the table or of the list.

    Parameters
    ----------
    table : pandas.DataFrame
        The table.
    replicates : str or sequence of str
        A pattern such as ``"rep_*"``, or the names.

    Raises
    ------
    DataError
        ``DATA-REPLICATES-INVALID``: no column, or one, or one twice. ``DATA-COLUMN-UNKNOWN``: a name of
        the list is no column.
    """
    if isinstance(replicates, str):
        names = [name for name in table.columns if fnmatchcase(name, replicates)]
    else:
        names = [str(name) for name in replicates]
        require_columns(table, names, "DATA", "replicates")
    if len(set(names)) != len(names) or len(names) < 2:
        _refuse(
            "The replicates are not at least two different columns.",
            f"{len(names)} columns: {quoted(names)}" if names else f"no column like {replicates!r}",
            "a pattern such as 'rep_*', or a list of different columns",
        )
    return tuple(names)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _unused(names: list[str], where: str, remedy: str) -> DesignError:
    return DesignError(
        "DESIGN-OPTION-UNUSED",
        "Options of replicates would have no effect.",
        where=where,
        got=quoted(names),
        remedy=remedy,
    )


def _refuse(
    what: str, got: str, expected: str, remedy: str = "Look into the documentation of the data."
) -> NoReturn:
    raise DataError("DATA-REPLICATES-INVALID", what, got=got, expected=expected, remedy=remedy)
