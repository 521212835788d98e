"""Exact interval for a number of cities in simple random samples, one stratum or several."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from citysample.errors import EstimateError
from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["LARGEST_TABLE", "CityCounts", "exact_interval", "hypergeometric_table"]

LARGEST_TABLE = 5_000_000
"""Cells of the largest table of the test inversion: 40 MB, and a fraction of a second."""

LARGEST_WHOLE = 2**62
"""Estimates are compared as whole numbers, multiples of one over the common multiple of the n_h."""

ROUNDING = 1e-9
"""A tail that is below alpha/2 by this part of it counts as alpha/2: rounding may only widen."""


@dataclass(frozen=True, slots=True, eq=False)
class CityCounts:
    """How many cities were drawn and have the attribute, by stratum.

    Parameters
    ----------
    N, n : array (H,) of int
        Cities of each stratum in the frame and in the sample; 1 <= n_h <= N_h.
    k : array (q, H) of int
        Sampled cities that have the attribute, for each of q estimates; for a domain, that lie in it
        and have the attribute.
    scale : array (q,)
        What the number of cities is multiplied by: 1 for a number of cities, 1 / N for the share of
        the N cities of the frame, or of a domain that is a union of strata.
    open : array (q, H) of int, optional
        Cities outside the sample that may have the attribute: those of the domain. All N_h - n_h
        if it is not given.
    """

    N: IntArray
    n: IntArray
    k: IntArray
    scale: FloatArray
    open: IntArray | None = None


def exact_interval(counts: CityCounts, confidence_level: float) -> tuple[FloatArray, FloatArray]:
    """Exact interval for a number or share of cities: the test is inverted, nothing is approximated.

    For simple random sampling without replacement in each stratum, all sampled cities with their
    design weights. The coverage is at least the level, whatever the number of cities.

    Parameters
    ----------
    counts : CityCounts
        Cities drawn and cities with the attribute, by stratum.
    confidence_level : float
        1 - alpha, between 0 and 1.

    Returns
    -------
    tuple of array (q,)
        Lower and upper limits, as numbers of cities times ``scale``.

    Raises
    ------
    EstimateError
        ``ESTIMATE-COUNTS-INVALID`` if the counts contradict each other, ``ESTIMATE-EXACT-TOO-LARGE``
        if the strata are so many or so large that the table has more than ``LARGEST_TABLE`` cells.

    Notes
    -----
    K cities have the attribute, K_h in stratum h. The estimate is T = sum_h N_h k_h / n_h. The lower
    limit is the smallest K for which P(T >= t) is at least alpha/2, the upper limit the largest K
    for which P(T <= t) is; k_h are independent and hypergeometric. With several strata a K is kept
    if one way to split it over the strata keeps it: the least favourable one. Only splits count that
    the sample allows, k_h <= K_h <= k_h + open_h; the true one is always among them, so the
    coverage holds. With one stratum these are the limits of Clopper and Pearson for a finite
    population. A stratum that is wholly in the sample has K_h = k_h.

    References
    ----------
    Buonaccorsi, J. P. (1987). A note on confidence intervals for proportions in finite populations.
    American Statistician 41, 215-218. Several strata: Wendell, J. P., Schmee, J. (1996). Exact
    inference for proportions from a stratified finite population. J. Amer. Statist. Assoc. 91,
    825-830.

    Examples
    --------
    >>> one = CityCounts(np.array([40]), np.array([10]), np.array([[0], [3]]), np.ones(2))
    >>> exact_interval(one, 0.95)
    (array([0., 4.]), array([10., 24.]))
    """
    _check(counts)
    opened = counts.k * 0 + (counts.N - counts.n) if counts.open is None else counts.open
    limits = np.empty((2, counts.scale.size))
    found: dict[bytes, tuple[int, int]] = {}
    for q, (k, free) in enumerate(zip(counts.k, opened, strict=True)):
        key = k.tobytes() + free.tobytes()
        if key not in found:
            found[key] = _limits(counts.N, counts.n, k, free, (1.0 - confidence_level) / 2.0)
        limits[:, q] = found[key]
    return limits[0] * counts.scale, limits[1] * counts.scale


def hypergeometric_table(N: int, n: int, K: IntArray) -> FloatArray:
    """Chances to find k = 0, 1, ..., n of K cities in a simple random sample.

    Parameters
    ----------
    N, n : int
        Cities in the frame and in the sample.
    K : array (r,) of int
        Cities with the attribute in the frame, 0 to N.

    Returns
    -------
    array (r, n + 1)
        C(K, k) C(N - K, n - k) / C(N, n).

    References
    ----------
    Johnson, N. L., Kemp, A. W., Kotz, S. (2005). Univariate Discrete Distributions, 3rd ed., Wiley, ch. 6.

    Examples
    --------
    >>> hypergeometric_table(4, 2, np.array([1, 2])).round(6).tolist()
    [[0.5, 0.5, 0.0], [0.166667, 0.666667, 0.166667]]
    """
    from scipy.special import gammaln

    log_factorial = gammaln(np.arange(N + 1) + 1.0)

    def log_binomial(top: IntArray, bottom: IntArray) -> FloatArray:
        possible = (bottom >= 0) & (bottom <= top)
        bottom = np.where(possible, bottom, 0)
        ways = log_factorial[top] - log_factorial[bottom] - log_factorial[top - bottom]
        return np.where(possible, ways, -np.inf)

    k, many = np.arange(n + 1), K[:, None]
    logs = log_binomial(many, k) + log_binomial(N - many, n - k)
    return np.exp(logs - log_binomial(np.array([N]), np.array([n])))


def _limits(N: IntArray, n: IntArray, k: IntArray, free: IntArray, tail: float) -> tuple[int, int]:
    """Smallest and largest number of cities with the attribute that the sample does not contradict."""
    # Where k_h cannot vary, the stratum adds the same to each T.
    varies = (n < N) & ((k > 0) | (free > 0))
    fixed = int(k[~varies].sum())
    if not varies.any():
        return fixed, fixed
    N, n, k, free = N[varies], n[varies], k[varies], free[varies]
    _refuse_large(N, n, free)
    at_least, at_most = _tails(N, n, k, free)
    K = fixed + int(k.sum()) + _sums([np.arange(size + 1) for size in free.tolist()])
    enough = tail * (1.0 - ROUNDING)
    return int(K[at_least >= enough].min()), int(K[at_most >= enough].max())


def _tails(N: IntArray, n: IntArray, k: IntArray, free: IntArray) -> tuple[FloatArray, FloatArray]:
    """P(T >= t) and P(T <= t) for each K_h from k_h to k_h + free_h, arrays (free_1 + 1, free_2 + 1, ...)."""
    # T in whole numbers, so that equal values are equal.
    common = math.lcm(*n.tolist())
    steps = N * (common // n)
    estimates = _sums([step * np.arange(drawn + 1) for step, drawn in zip(steps, n.tolist(), strict=True)])
    observed = int(steps @ k)
    at_least, at_most = (estimates >= observed).astype(np.float64), (estimates <= observed).astype(np.float64)
    for size, drawn, seen, more in zip(N.tolist(), n.tolist(), k.tolist(), free.tolist(), strict=True):
        chances = hypergeometric_table(size, drawn, seen + np.arange(more + 1))
        # The first axis, of k_h, goes; that of K_h comes as the last one.
        at_least = np.tensordot(at_least, chances, axes=(0, 1))
        at_most = np.tensordot(at_most, chances, axes=(0, 1))
    return at_least, at_most


def _sums(parts: list[IntArray]) -> IntArray:
    """All sums of one number from each part, with one axis for each part."""
    return np.asarray(sum(np.ix_(*parts)))


def _refuse_large(N: IntArray, n: IntArray, free: IntArray) -> None:
    cells = math.prod(max(drawn, more) + 1 for drawn, more in zip(n.tolist(), free.tolist(), strict=True))
    if cells > LARGEST_TABLE or math.lcm(*n.tolist()) * int(N.sum()) >= LARGEST_WHOLE:
        raise EstimateError(
            "ESTIMATE-EXACT-TOO-LARGE",
            "The exact interval of so many or so large strata would take too long.",
            got=f"{n.size} strata that are not wholly in the sample, {cells:.3g} cells",
            expected=f"at most {LARGEST_TABLE} cells, the product of max(n_h, N_h - n_h) + 1",
            remedy="Ask for interval = 'wilson' or 'beta', or for the figure of a part of the strata.",
        )


def _check(counts: CityCounts) -> None:
    N, n, k = counts.N, counts.n, counts.k
    fits = N.ndim == n.ndim == 1 and k.ndim == 2 and N.shape == n.shape == k.shape[1:]
    shapes = fits and counts.scale.shape == k.shape[:1]
    if not shapes or (counts.open is not None and counts.open.shape != k.shape):
        raise _invalid(f"N {N.shape}, n {n.shape}, k {k.shape}, scale {counts.scale.shape}")
    free = 0 if counts.open is None else counts.open
    wrong = (n < 1) | (n > N) | ((k < 0) | (k > n) | (np.less(free, 0)) | (free > N - n)).any(axis=0)
    if wrong.any():
        h = int(np.flatnonzero(wrong)[0])
        raise _invalid(f"stratum number {h + 1}: N = {N[h]}, n = {n[h]}, k = {k[:, h].tolist()[:5]}")


def _invalid(got: str) -> EstimateError:
    return EstimateError(
        "ESTIMATE-COUNTS-INVALID",
        "The numbers of cities of an exact interval contradict each other.",
        got=got,
        expected="N and n (H,), k and open (q, H), scale (q,); 1 <= n <= N, 0 <= k <= n, open <= N - n",
        remedy="Give the cities of each stratum in the frame, in the sample, and with the attribute.",
    )
