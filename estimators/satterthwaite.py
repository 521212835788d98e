"""Satterthwaite's degrees of freedom, with the variance of each stratum computed from the frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import EstimateError
from citysample.estimators.degrees_of_freedom import (
    design_df,
    free_by_stratum,
    merged_codes,
    random_counts,
)
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from citysample.sampling.record import DrawRecord

__all__ = ["satterthwaite", "satterthwaite_df", "stratum_components"]

PROPORTIONAL = 1e-4
"""A proxy whose variance is below this part of its sum of squares is proportional to pi, or nearly so."""
NOTHING = 1e-12
"""A variance below this part of the sum of squares is zero but for rounding."""


def satterthwaite_df(
    draw: DrawRecord,
    domains: BoolArray,
    frame_domains: BoolArray,
    form: str,
    proxy: FloatArray | None = None,
) -> FloatArray:
    """Degrees of freedom that weigh each stratum by its variance, as the frame foretells it.

    Use it where few strata make up most of the variance: then fewer cities than all tell how large it is.

    Parameters
    ----------
    draw : DrawRecord
        The record of the draw.
    domains : array (n, D) of bool
        True for the rows of each domain.
    frame_domains : array (N, D) of bool
        True for the cities of the frame in each domain.
    form : str
        The variance form.
    proxy : array (N,), optional
        A variable of all cities of the frame that behaves like the indicators. The default is the size of the
        design.

    Returns
    -------
    array (D,)
        (sum_h V_h)^2 / sum_h (V_h^2 / (m_h - 1)), V_h being the variance of the total of the proxy in the
        domain in stratum h, m_h the random PSUs of the stratum. At most the degrees of freedom of the
        design, and these where all V_h of a domain are zero. Merged strata count as one.

    Raises
    ------
    EstimateError
        ``ESTIMATE-PROXY-MISSING``: the sample was not drawn from a frame that is at hand, or is of a later
        round, or has units drawn inside the cities; there is no proxy; or it has no variance under the draw.

    Notes
    -----
    The variances must not come from the sample itself: a stratum that looks variable by chance would get
    weight by chance, and the degrees of freedom come out too low.

    For means, ratios and other functions the variance is that of a residual, which the frame does not know.
    The total of the proxy stands in for it. A draw with probabilities proportional to the size gives its
    total without error, so such a draw needs another proxy. A balanced draw counts as one that is not.

    References
    ----------
    Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. Biometrics
    Bulletin 2, 110-114. Cochran, W. G. (1977). Sampling Techniques, 3rd edition, sec. 5.4.
    """
    population = draw.population
    if population is None or draw.stages or draw.links is not None:
        raise _no_components(
            "There is no frame to compute the variance of the strata from.",
            "a sample drawn elsewhere, a later round, or units drawn inside the cities",
        )
    values = population.size if proxy is None else proxy
    if values is None:
        raise _no_components("There is no proxy, and the frame has no size.", "no size measure")
    H = len(draw.strata)
    values = np.where(population.pi > 0.0, values, 0.0)
    every = np.ones((values.size, 1), dtype=np.bool_)
    y = values[:, None] * np.hstack([every, frame_domains])
    components = stratum_components(y, population.pi, population.stratum, H, _kind(form))
    squares = stratum_components(y[:, :1], population.pi, population.stratum, H, "poisson")
    if components[:, 0].sum() <= PROPORTIONAL * squares.sum():
        raise _no_components(
            "The proxy has hardly any variance under this draw, so it says nothing about the strata.",
            "a proxy that is nearly proportional to the inclusion probabilities",
        )
    codes = merged_codes(draw, form)
    merged = np.zeros_like(components[:, 1:])
    np.add.at(merged, codes, components[:, 1:])
    counts = random_counts(draw, np.ones(draw.psu.size, dtype=np.bool_))
    free = free_by_stratum(draw, counts, form)[:H]
    return np.fmin(satterthwaite(merged, free), design_df(draw, domains, form))


def satterthwaite(components: FloatArray, df: FloatArray) -> FloatArray:
    """Degrees of freedom of a sum of independent variance estimates.

    Parameters
    ----------
    components : array (H, D)
        Variances V_h >= 0.
    df : array (H,)
        Degrees of freedom of the estimate of each; one with df <= 0 is not counted.

    Returns
    -------
    array (D,)
        (sum_h V_h)^2 / sum_h V_h^2 / df_h; NaN where all variances are zero.

    References
    ----------
    Satterthwaite (1946), as above.

    Examples
    --------
    >>> satterthwaite(np.array([[4.0, 1.0], [4.0, 0.0]]), np.array([3.0, 5.0])).round(12).tolist()
    [7.5, 3.0]
    """
    counted = df > 0.0
    known, free = components[counted], df[counted]
    # Shares of the largest one, so that squares neither overflow nor vanish.
    largest = known.max(axis=0, initial=0.0)
    share = known / np.where(largest > 0.0, largest, 1.0)
    below = (share**2 / free[:, None]).sum(axis=0)
    return np.where(below > 0.0, share.sum(axis=0) ** 2 / np.where(below > 0.0, below, 1.0), np.nan)


def stratum_components(
    y: FloatArray, pi: FloatArray, stratum: IntArray, H: int, kind: str = "fixed"
) -> FloatArray:
    """Variance of the estimated totals of known variables, stratum by stratum.

    Parameters
    ----------
    y : array (N, D)
        Variables of all cities of the frame, zero outside their domain.
    pi : array (N,)
        Inclusion probabilities. Cities with 0 or 1 are not counted.
    stratum : array (N,) of int
        Stratum of each city, 0 to H - 1; -1 for a city that could not be drawn.
    H : int
        Number of strata.
    kind : str
        ``"fixed"`` for a fixed size, ``"poisson"`` for independent draws, ``"with_replacement"``.

    Returns
    -------
    array (H, D)
        sum_k c_k (y_k/pi_k - B)^2 over the M random cities of the stratum. Fixed size:
        c_k = pi_k (1 - pi_k) M/(M - 1), B = sum c y/pi / sum c; it is M^2 (1 - f) S^2 / m for equal pi_k, and
        Hajek's approximation else. Poisson: c_k = pi_k (1 - pi_k), B = 0. With replacement: c_k = pi_k,
        B = sum y / m.

    References
    ----------
    Hajek, J. (1964). Ann. Math. Statist. 35, 1491-1523. Sarndal, C.-E., Swensson, B., Wretman, J. (1992).
    Model Assisted Survey Sampling, sec. 3.5 and 3.7.

    Examples
    --------
    >>> y = np.array([[1.0], [2.0], [3.0], [9.0]])
    >>> pi, one = np.array([2 / 3, 2 / 3, 2 / 3, 1.0]), np.zeros(4, int)
    >>> stratum_components(y, pi, one, 1).round(12).tolist()  # 3^2 (1 - 2/3) 1 / 2
    [[1.5]]
    """
    found = np.zeros((H, y.shape[1]))
    random = np.flatnonzero((pi > 0.0) & (pi < 1.0) & (stratum >= 0))
    for h in np.unique(stratum[random]).tolist():
        cities = random[stratum[random] == h]
        chance, expanded = pi[cities], y[cities] / pi[cities, None]
        c = chance if kind == "with_replacement" else chance * (1.0 - chance)
        if kind == "fixed":
            c = c * (cities.size / max(cities.size - 1.0, 1.0))
        centre = 0.0 if kind == "poisson" else c @ expanded / c.sum()
        value = c @ (expanded - centre) ** 2
        found[h] = np.where(value > NOTHING * (c @ expanded**2), value, 0.0)
    return found


def _kind(form: str) -> str:
    return form if form in ("poisson", "with_replacement") else "fixed"


def _no_components(what: str, got: str) -> EstimateError:
    return EstimateError(
        "ESTIMATE-PROXY-MISSING",
        what,
        where="df = 'satterthwaite'",
        got=got,
        expected="a number column of the frame that varies within the strata and behaves like the indicators",
        remedy="Name such a column, or use df = 'design'.",
    )
