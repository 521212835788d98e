"""Joint inclusion probabilities that came with a sample drawn elsewhere: read, checked, cut by stratum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from citysample.errors import DataError, quoted
from citysample.reference_frames.columns import BoolArray, FloatArray, is_missing, labels
from citysample.weighting.elsewhere_levels import Level

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["JointMatrix", "check_joint", "joint_by_stratum"]

JointMatrix: TypeAlias = "npt.ArrayLike | pd.DataFrame"
"""pi_kl as an array in the order of the rows, or as a data frame with ids on both sides."""

TOLERANCE = 1e-6
"""Relative difference that rounding in files explains."""


def check_joint(joint: FloatArray, pi: FloatArray, units: list[str], where: str = "") -> None:
    """Refuse a matrix that cannot be the joint inclusion probabilities of sampled units.

    Parameters
    ----------
    joint : array (m, m)
        pi_kl, with pi_k on the diagonal.
    pi : array (m,)
        Inclusion probabilities pi_k.
    units : list of str, length m
        Their ids, for an error.
    where : str
        Stratum, for an error.

    Raises
    ------
    DataError
        ``DATA-JOINT-INVALID``.

    Notes
    -----
    pi_kl is above 0 for two units that are both in the sample, and lies between pi_k + pi_l - 1 and the
    smaller of pi_k and pi_l (bounds of Boole and Frechet, 1935). A relative 1e-6 is allowed for rounding.
    """
    finite = np.isfinite(joint)
    joint = np.where(finite, joint, 0.0)
    lower = np.add.outer(pi, pi) - 1.0
    upper = np.minimum.outer(pi, pi)
    slack = TOLERANCE * upper
    np.fill_diagonal(lower, -np.inf)
    checks: list[tuple[str, BoolArray, str]] = [
        ("are missing or infinite", ~finite, "finite numbers"),
        ("are zero or negative", ~(joint > 0.0), "above 0: both units are in the sample"),
        ("differ from those on the other side of the diagonal", _asymmetric(joint), "pi_kl = pi_lk"),
        ("on the diagonal are not pi_k", _wrong_diagonal(joint, pi), "the inclusion probabilities pi_k"),
        ("are above pi_k or pi_l", joint > upper + slack, "at most the smaller of pi_k and pi_l"),
        ("are below pi_k + pi_l - 1", joint < lower - slack, "at least pi_k + pi_l - 1"),
    ]
    for what, bad, expected in checks:
        if bad.any():
            k, row = (int(index[0]) for index in np.nonzero(bad))
            raise _invalid(
                f"{int(bad.sum())} joint inclusion probabilities {what}.",
                f"{where + ': ' if where else ''}units '{units[k]}' and '{units[row]}'",
                f"{joint[k, row]:.15g}; pi_k = {pi[k]:.15g}, pi_l = {pi[row]:.15g}",
                expected,
            )


def joint_by_stratum(
    joint: JointMatrix | Mapping[str, JointMatrix], level: Level, pi: FloatArray, *, labelled: bool
) -> dict[int, FloatArray]:
    """The pi_kl of the random units of each stratum.

    Parameters
    ----------
    joint : array (m, m), data frame, or mapping of str to one of these
        Of all sampled primary sampling units, or of those of each stratum. Strata without random
        units may be left out of a mapping.
    level : Level
        The primary sampling units.
    pi : array (m,)
        Their inclusion probabilities; 1 for those that are certain.
    labelled : bool
        True if arrays have no order to go by, so that only data frames are accepted.

    Returns
    -------
    dict of int to array
        For the code of each stratum with random units, their matrix.
    """
    ids = np.array(level.labels, dtype=object)
    if not isinstance(joint, Mapping):
        whole = _matrix(joint, list(level.labels), "", labelled=labelled)
        check_joint(whole, pi, list(level.labels))
        _refuse_dependent(whole, pi, level)
    else:
        _refuse_other_strata(joint, level, pi)
        whole = np.outer(pi, pi)
        for label, matrix in joint.items():
            units = np.flatnonzero(level.stratum == level.strata.index(label))
            where = f"stratum '{label}'"
            part = _matrix(matrix, ids[units].tolist(), where, labelled=labelled)
            check_joint(part, pi[units], ids[units].tolist(), where)
            whole[np.ix_(units, units)] = part
    found = {}
    for h in range(len(level.strata)):
        random = np.flatnonzero((level.stratum == h) & (pi < 1.0))
        if random.size:
            found[h] = _with_diagonal(whole[np.ix_(random, random)], pi[random])
    return found


def _matrix(joint: JointMatrix, ids: list[str], where: str, *, labelled: bool) -> FloatArray:
    """The matrix as numbers, in the order of the ids."""
    import pandas as pd

    if isinstance(joint, pd.DataFrame):
        rows, columns = labels(joint.index.to_series()), labels(joint.columns.to_series())
        order = {label: place for place, label in enumerate(rows)}
        if len(order) != len(rows) or sorted(map(str, rows)) != sorted(ids) or set(columns) != set(rows):
            raise _labels_differ(rows, columns, ids, where)
        across = {label: place for place, label in enumerate(columns)}
        values = joint.to_numpy()[np.ix_([order[i] for i in ids], [across[i] for i in ids])]
    elif labelled:
        raise _invalid(
            "Joint inclusion probabilities of clusters need labels.",
            where or None,
            "an array without labels",
            "a data frame with the labels of the primary sampling units on both sides",
        )
    else:
        values = _array(joint, where)
    if values.shape != (len(ids), len(ids)):
        raise _invalid(
            "The joint inclusion probabilities have the wrong size.",
            where or None,
            f"shape {values.shape}",
            f"shape ({len(ids)}, {len(ids)}): one row and one column for each sampled unit",
        )
    return _as_numbers(values, where)


def _as_numbers(values: npt.NDArray[Any], where: str) -> FloatArray:
    if values.dtype.kind in "fiu":
        return values.astype(np.float64)
    cells = [np.nan if is_missing(cell) else cell for cell in values.ravel().tolist()]
    strange = [cell for cell in cells if isinstance(cell, bool) or not isinstance(cell, (int, float))]
    if strange:
        raise _invalid(
            "The joint inclusion probabilities are not numbers.",
            where or None,
            quoted(strange),
            "numbers above 0 and at most 1",
        )
    return np.array(cells, dtype=np.float64).reshape(values.shape)


def _array(joint: npt.ArrayLike, where: str) -> npt.NDArray[Any]:
    try:
        return np.asarray(joint)
    except ValueError:
        raise _invalid(
            "The joint inclusion probabilities have the wrong size.",
            where or None,
            "rows of different lengths",
            "a matrix",
        ) from None


def _labels_differ(
    rows: list[str | None], columns: list[str | None], ids: list[str], where: str
) -> DataError:
    known, everywhere = set(ids), set(rows) & set(columns)
    absent = [label for label in ids if label not in everywhere]
    strange = [label for label in dict.fromkeys([*rows, *columns]) if label not in known]
    twice = [label for label, count in Counter(rows).items() if count > 1]
    got = [f"{word} {quoted(found)}" for word, found in (("unknown", strange), ("twice", twice)) if found]
    return _invalid(
        "The labels of the joint inclusion probabilities are not the ids of the sample.",
        where or None,
        "; ".join([*got, *([f"without {quoted(absent)}"] if absent else [])]) or "other labels",
        "each sampled unit once, in the rows and in the columns",
    )


def _refuse_other_strata(joint: Mapping[str, JointMatrix], level: Level, pi: FloatArray) -> None:
    random = set(level.stratum[pi < 1.0].tolist())
    absent = [level.strata[h] for h in sorted(random) if level.strata[h] not in joint]
    strange = [label for label in joint if label not in level.strata]
    if absent or strange:
        parts = (("no matrix for", absent), ("unknown", strange))
        raise _invalid(
            "The joint inclusion probabilities do not name the strata of the sample.",
            None,
            "; ".join(f"{word} {quoted(found)}" for word, found in parts if found),
            f"a matrix for each of {quoted(level.strata)}",
        )


def _refuse_dependent(joint: FloatArray, pi: FloatArray, level: Level) -> None:
    """Refuse pi_kl other than pi_k pi_l for units of different strata."""
    independent = np.outer(pi, pi)
    across = np.not_equal.outer(level.stratum, level.stratum)
    bad = across & (np.abs(joint - independent) > TOLERANCE * independent)
    if bad.any():
        k, other = (int(index[0]) for index in np.nonzero(bad))
        raise _invalid(
            f"{int(bad.sum())} joint inclusion probabilities of units in different strata are not pi_k pi_l.",
            f"units '{level.labels[k]}' and '{level.labels[other]}'",
            f"{joint[k, other]:.15g}",
            f"{independent[k, other]:.15g}: the strata are drawn independently",
        )


def _asymmetric(joint: FloatArray) -> BoolArray:
    return np.asarray(np.abs(joint - joint.T) > TOLERANCE * np.minimum(np.abs(joint), np.abs(joint.T)))


def _wrong_diagonal(joint: FloatArray, pi: FloatArray) -> BoolArray:
    return np.diag(np.abs(np.diag(joint) - pi) > TOLERANCE * pi)


def _with_diagonal(joint: FloatArray, pi: FloatArray) -> FloatArray:
    """The matrix exactly symmetric, with exactly pi_k on the diagonal."""
    joint = (joint + joint.T) / 2.0
    np.fill_diagonal(joint, pi)
    return joint


def _invalid(what: str, where: str | None, got: str, expected: str) -> DataError:
    return DataError(
        "DATA-JOINT-INVALID",
        what,
        where=where,
        got=got,
        expected=expected,
        remedy="Give pi_kl of the sampled units: an array in the order of the rows, or a table with ids.",
    )
