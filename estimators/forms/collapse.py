"""Collapsed strata: a stratum with one random PSU is compared with the one that is most similar to it."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray

__all__ = ["between_strata", "nearest_groups"]

SAME = 1e-9
"""Relative difference up to which two distances of scores are the same but for rounding."""


def nearest_groups(scores: FloatArray, drawn: BoolArray, single: BoolArray) -> IntArray:
    """Merge each single stratum with the one whose score is nearest.

    Parameters
    ----------
    scores : array (H,)
        By what strata are similar, fixed before the data. NaN: nothing is merged with this stratum.
    drawn : array (H,) of bool
        True for strata with random PSUs.
    single : array (H,) of bool
        True for those among them that have one.

    Returns
    -------
    array (H,) of int
        Group of each stratum: the lowest number of its strata. A single stratum with no other to join keeps
        its own number.

    Notes
    -----
    Each single stratum joins its nearest neighbour, which may be single or not; of neighbours at the same
    distance the first. The groups are the connected components, so several single strata may join the same
    stratum, or each other. A group has at most one stratum that is not single. The values of the survey play
    no part: strata merged because their values are alike would give a variance that is too small.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd edition, sec. 5A.12. Rust, K., Kalton, G. (1987).
    Strategies for collapsing strata for variance estimation. J. Off. Statist. 3, 69-81.

    Examples
    --------
    >>> drawn, single = np.ones(4, bool), np.array([True, False, True, True])
    >>> nearest_groups(np.array([3.1, 3.3, 5.0, 4.6]), drawn, single).tolist()
    [0, 0, 2, 2]
    """
    group = np.arange(scores.size, dtype=np.int64)
    for h in np.flatnonzero(single).tolist():
        distance = np.where(drawn, np.abs(scores - scores[h]), np.nan)
        distance[h] = np.nan
        if np.isnan(distance).all():
            continue
        least = float(np.nanmin(distance))
        rounding = SAME * (least + float(np.nanmax(np.abs(scores[drawn]))) * 1e-3)
        neighbour = int(np.flatnonzero(distance <= least + rounding)[0])
        pair = sorted((int(group[h]), int(group[neighbour])))
        group[group == pair[1]] = pair[0]
    return group


def between_strata(single: FloatArray, rest: FloatArray) -> FloatArray:
    """Estimated covariance matrix of the single strata of a group, from differences between strata.

    Parameters
    ----------
    single : array (s, q)
        Expanded variables z-check of the PSU of each single stratum.
    rest : array (m, q)
        Expanded variables of the PSUs of the stratum that is not single; m = 0 if all are.

    Returns
    -------
    array (q, q)
        If m > 0, the sum over the single strata of (z-check_h - mean)(z-check_h - mean)' with the mean of the
        rest, whose own variance is added elsewhere. If m = 0 and s >= 2, s/(s - 1) times the same sum with
        the mean of all; for two strata it is (z-check_1 - z-check_2)(z-check_1 - z-check_2)'.

    Notes
    -----
    There is no finite population correction: the draws in different strata are independent, and the variance
    of a single PSU, M_h^2 (1 - 1/M_h) S_h^2 under simple random sampling, is in the difference already.

    It is too large on average, by the differences between the strata: for two single strata by
    (T_1 - T_2)^2, T being their totals; for one beside m PSUs by V(mean) + (T_1 - T/m)^2. It is never too
    small on average where each stratum is drawn by itself with a fixed number of PSUs. So take a score that
    goes along with what is measured, and form strata with two cities or more where that is possible.

    Each PSU keeps its own weight, and strata of different N can be merged. Weighted values are compared, so a
    figure that is known without error, such as the number of cities, may get a variance.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd edition, sec. 5A.12. Wolter, K. M. (2007). Introduction to
    Variance Estimation, 2nd edition, Springer, sec. 2.5. Rust and Kalton (1987), as above.

    Examples
    --------
    >>> between_strata(np.array([[6.0], [2.0]]), np.zeros((0, 1))).tolist()
    [[16.0]]
    >>> between_strata(np.array([[6.0]]), np.array([[1.0], [3.0]])).tolist()
    [[16.0]]
    """
    m, s = rest.shape[0], single.shape[0]
    deviation = single - (rest if m else single).mean(axis=0)
    factor = 1.0 if m else s / (s - 1.0)
    return np.asarray(factor * (deviation.T @ deviation), dtype=np.float64)
