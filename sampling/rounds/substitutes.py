"""Substitutes: cities drawn beside the main sample, approached in rank order if main cities fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from citysample.errors import DataError, DesignError
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.sampling.select.size import sample_size

__all__ = [
    "MainAndSubstitutes",
    "approached_joint",
    "approached_probabilities",
    "draw_with_substitutes",
    "rank_substitutes",
]

Selector: TypeAlias = Callable[[FloatArray, FloatArray], BoolArray]


@dataclass(frozen=True, slots=True, eq=False)
class MainAndSubstitutes:
    """The main sample of one stratum and its substitutes.

    Parameters
    ----------
    main : array (N,) of bool
        True for the n cities of the main sample.
    rank : array (N,) of int
        1, 2, ..., r for the substitutes in the order in which they are approached; 0 for all
        other cities.
    """

    main: BoolArray
    rank: IntArray


def rank_substitutes(ranking: FloatArray, n: int, r: int) -> MainAndSubstitutes:
    """Main sample and substitutes of ``srs`` or ``pareto``: the first n, and the next r, in one ranking.

    Parameters
    ----------
    ranking : array (N,)
        What the method ranks by, smallest first: u_k for ``srs``,
        u_k (1 - pi_k) / (pi_k (1 - u_k)) for ``pareto``. Certainty cities are set aside before.
    n : int
        Size of the main sample, n >= 1.
    r : int
        Number of substitutes, r >= 0, n + r <= N.

    Returns
    -------
    MainAndSubstitutes
        A tie goes to the city that comes first.

    Raises
    ------
    DesignError
        ``DESIGN-STRATUM-TOO-SMALL``: n + r is above N.

    Notes
    -----
    The first m cities of the ranking are a sample of size m by the same method, for each m. So
    after j releases the cities approached are such a sample of n + j cities.

    References
    ----------
    Ohlsson, E. (1995). Coordination of samples using permanent random numbers. In Business Survey
    Methods, Wiley, ch. 9. Rosen, B. (1997). On sampling with probability proportional to size.
    J. Statist. Plann. Inference 62, 159-191.

    Examples
    --------
    >>> found = rank_substitutes(np.array([0.7, 0.1, 0.9, 0.3]), n=1, r=2)
    >>> found.main.tolist(), found.rank.tolist()
    ([False, True, False, False], [2, 0, 0, 1])
    """
    if n < 1 or r < 0:
        raise _no_sizes(n, r)
    if n + r > ranking.size:
        raise DesignError(
            "DESIGN-STRATUM-TOO-SMALL",
            "A stratum has too few cities for the sample and its substitutes.",
            got=f"n = {n} and {r} substitutes",
            expected=f"at most {ranking.size} cities in all, certainty cities set aside",
            remedy="Ask for fewer substitutes.",
        )
    return _in_order(np.argsort(ranking, kind="stable")[: n + r], n, ranking.size)


def draw_with_substitutes(
    pi_all: FloatArray, r: int, select: Selector, uniforms: FloatArray, order_uniforms: FloatArray
) -> MainAndSubstitutes:
    """Main sample and substitutes of any method of fixed size: n + r drawn, then put in random order.

    Parameters
    ----------
    pi_all : array (N,)
        Inclusion probabilities pi_k^(n+r) in (0, 1] with the sum n + r. Cities that are certain in
        a sample of n are set aside before; some of the others may have 1 here.
    r : int
        Number of substitutes, 0 <= r < n + r.
    select : callable
        Selector of the method: probabilities in (0, 1) and uniforms in, a mask out.
    uniforms : array
        The random numbers of the selector, for the cities with pi_k^(n+r) < 1.
    order_uniforms : array (n + r,)
        Numbers in (0, 1), independent of the others: the i-th goes to the i-th drawn city, and the
        cities are put in the order of these numbers, smallest first.

    Returns
    -------
    MainAndSubstitutes
        The first n cities of the order are the main sample.

    Raises
    ------
    DesignError
        ``DESIGN-VALUE-INVALID``: no city would be left for the main sample, the numbers are too
        few, or the method does not draw n + r cities (``poisson``).

    Notes
    -----
    Main sample: pi_k = pi_k^(n+r) n/(n+r) and pi_kl = pi_kl^(n+r) n(n-1) / ((n+r)(n+r-1)). With
    many substitutes the probabilities of large cities in the main sample fall below those of a
    direct draw of n, because no pi_k^(n+r) is above 1.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, ch. 9 (a simple
    random subsample). Vehovar, V. (1999). Field substitution and unit nonresponse. J. Official
    Statist. 15, 335-350.

    Examples
    --------
    >>> from citysample.sampling.select.systematic import select_systematic
    >>> pi_all = np.array([0.6, 0.3, 0.6, 0.5])
    >>> found = draw_with_substitutes(pi_all, 1, select_systematic, np.array([0.2]), np.array([0.8, 0.3]))
    >>> found.main.tolist(), found.rank.tolist()
    ([False, False, True, False], [1, 0, 0, 0])
    """
    total = _total(pi_all, r)
    drawn = pi_all >= 1.0
    random = np.flatnonzero(~drawn)
    if random.size:
        drawn[random] = select(pi_all[random], uniforms)
    members = np.flatnonzero(drawn)
    if members.size != total or order_uniforms.size != total:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "Substitutes need a method of fixed size, and one number for each drawn city.",
            got=f"{members.size} cities drawn and {order_uniforms.size} numbers for their order",
            expected=f"{total} of each",
            remedy="Use another method, or no substitutes.",
        )
    return _in_order(members[np.argsort(order_uniforms, kind="stable")], total - r, pi_all.size)


def approached_probabilities(pi_all: FloatArray, r: int, released: int) -> FloatArray:
    """Inclusion probabilities of the cities approached, after substitutes were released.

    Use it for draws that were put in a random order; the methods that rank the cities need none of it:
    their first n + j cities are a sample of n + j. With no release it gives the main sample.

    Parameters
    ----------
    pi_all : array (N,)
        Inclusion probabilities pi_k^(n+r) in (0, 1] of the draw of n + r cities.
    r : int
        Number of substitutes.
    released : int
        Number j of released substitutes, 0 <= j <= r.

    Returns
    -------
    array (N,)
        Inclusion probabilities with the sum n + j.

    Raises
    ------
    DataError
        ``DATA-SUBSTITUTE-INVALID``: more substitutes are released than were drawn.

    Notes
    -----
    pi_k = pi_k^(n+r) (n + j)/(n + r), for a j that does not depend on the sample. Where j follows
    from refusals the probabilities hold as if j had been fixed.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, ch. 9.

    Examples
    --------
    >>> approached_probabilities(np.array([0.8, 0.8, 0.4]), r=1, released=0).tolist()
    [0.4, 0.4, 0.2]
    """
    total = _total(pi_all, r)
    return pi_all * (_approached(total, r, released) / total)


def approached_joint(joint_all: FloatArray, r: int, released: int) -> FloatArray:
    """Joint inclusion probabilities of the cities approached, after substitutes were released.

    Parameters
    ----------
    joint_all : array (N, N)
        Joint inclusion probabilities pi_kl^(n+r) of the draw of n + r cities, for all cities of the
        stratum, with pi_k^(n+r) on the diagonal.
    r : int
        Number of substitutes.
    released : int
        Number j of released substitutes, 0 <= j <= r.

    Returns
    -------
    array (N, N)
        Joint inclusion probabilities, with pi_k on the diagonal.

    Raises
    ------
    DataError
        ``DATA-SUBSTITUTE-INVALID``: more substitutes are released than were drawn.

    Notes
    -----
    With m = n + j: pi_kl = pi_kl^(n+r) m(m-1) / ((n+r)(n+r-1)) and pi_k = pi_k^(n+r) m/(n+r).

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, ch. 9.

    Examples
    --------
    >>> srs_of_2 = np.full((3, 3), 1 / 3) + np.eye(3) / 3
    >>> approached_joint(srs_of_2, r=1, released=0).round(12).tolist()
    [[0.333333333333, 0.0, 0.0], [0.0, 0.333333333333, 0.0], [0.0, 0.0, 0.333333333333]]
    """
    pi_all = np.diagonal(joint_all)
    total = _total(pi_all, r)
    m = _approached(total, r, released)
    joint = joint_all * (m * (m - 1) / max(total * (total - 1), 1))
    np.fill_diagonal(joint, pi_all * (m / total))
    return joint


def _in_order(members: IntArray, n: int, N: int) -> MainAndSubstitutes:
    main = np.zeros(N, dtype=np.bool_)
    main[members[:n]] = True
    rank = np.zeros(N, dtype=np.int64)
    rank[members[n:]] = np.arange(1, members.size - n + 1)
    return MainAndSubstitutes(main, rank)


def _total(pi_all: FloatArray, r: int) -> int:
    """The cities drawn in all, n + r, of which at least one is for the main sample."""
    exact = float(pi_all.sum())
    if not abs(exact - np.rint(exact)) <= 1e-6 * pi_all.size:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The inclusion probabilities of main sample and substitutes have no whole sum.",
            got=f"sum {exact:.6g} over {pi_all.size} cities",
            expected="all cities of the stratum, with the sum n + r",
            remedy="Give the probabilities of all cities, not only of those that were drawn.",
        )
    total = sample_size(pi_all)
    if not 0 <= r < total:
        raise _no_sizes(total - r, r)
    return total


def _approached(total: int, r: int, released: int) -> int:
    if not 0 <= released <= r:
        raise DataError(
            "DATA-SUBSTITUTE-INVALID",
            "The number of released substitutes does not fit the draw.",
            got=f"{released} released",
            expected=f"0 to {r}, the number of substitutes drawn in the stratum",
            remedy="Treat cities that do not answer as nonresponse once all substitutes are released.",
        )
    return total - r + released


def _no_sizes(n: int, r: int) -> DesignError:
    return DesignError(
        "DESIGN-VALUE-INVALID",
        "The sizes of the main sample and of its substitutes do not fit.",
        got=f"n = {n} and {r} substitutes",
        expected="at least one city in the main sample, and no fewer than 0 substitutes",
        remedy="Correct the number of substitutes.",
    )
