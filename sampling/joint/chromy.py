"""Joint inclusion probabilities of Chromy's sequential sampling, from a chain with two states."""

from __future__ import annotations

from collections.abc import Iterator, MutableSequence, Sequence

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.compiled import kernel, read_only
from citysample.sampling.select.chromy import selection_chances
from citysample.sampling.select.cumulated import Cumulated, cumulated
from citysample.sampling.select.size import sample_size

__all__ = ["joint_chromy"]

MOST_CITIES = 20_000
"""Cities up to which all random starts are gone through."""
ROUNDING = 2.0**-48
"""Times n: parts of V within this of a whole number are 0."""
BLOCK = 1_000_000
"""Numbers in one block of starts."""
NEGLIGIBLE = 1e-20
"""What the chain remembers of a city, below which the rest of the walk does not depend on it."""


def joint_chromy(pi: FloatArray, members: IntArray | None = None, *, random_start: bool = True) -> FloatArray:
    """Exact joint inclusion probabilities of Chromy's sequential sampling in the given order.

    Use them for samples of :func:`~citysample.sampling.select.chromy.select_chromy`. Ask for the
    sampled cities only (``members``) where N is above a thousand.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n.
    members : array (m,) of int, optional
        Positions of the cities that are wanted. The default is all of them.
    random_start : bool
        As in the selector.

    Returns
    -------
    array (m, m)
        pi_kl; pi_k on the diagonal. With a random start all pi_kl > 0 if n >= 2. Without it pairs of
        neighbours have pi_kl = 0: those that lie wholly in the same unit interval of V.

    Raises
    ------
    DesignError
        ``DESIGN-JOINT-TOO-LARGE`` if there are more than 20,000 cities and a random start.

    Notes
    -----
    The walk is a Markov chain with two states: I_k or I_k + 1 cities so far. Without a random start,
    P(k selected, state) is carried forward through the chain; all terms are positive, so zeros are
    exact. With a random start, pi_kl = pi_k pi_l + sum_a (pi_a / n) A_k B_l prod_j b_j, over the
    starts a: A_k = P(k selected and state high) - pi_k F_k, B_l = P(l selected | high) - P(l
    selected | low), and b_j = P(high | high) - P(high | low) of the cities j between k and l. The
    cost is O(N + m^2) without and O(N (n + m^2)) with a random start.

    References
    ----------
    Chromy, J. R. (1979). Sequential sample selection methods. Proc. Survey Research Methods Section,
    Amer. Statist. Assoc., 401-406. Chauvet, G. (2021). A note on Chromy's sampling procedure. J.
    Survey Statist. Methodol. 9, 1050-1061.

    Examples
    --------
    >>> pi = np.full(4, 0.5)
    >>> joint_chromy(pi, random_start=False).tolist()[0]
    [0.5, 0.0, 0.25, 0.25]
    >>> joint_chromy(pi).tolist()[0]
    [0.5, 0.125, 0.25, 0.125]
    """
    if random_start and pi.size > MOST_CITIES:
        raise DesignError(
            "DESIGN-JOINT-TOO-LARGE",
            "The exact joint probabilities of Chromy's method with a random start would take too long.",
            got=f"{pi.size} cities",
            expected=f"at most {MOST_CITIES} cities",
            remedy="Form strata, or use a variance form that needs no joint probabilities.",
        )
    chosen = np.arange(pi.size) if members is None else members
    order = np.argsort(chosen, kind="stable")
    ordered = chosen[order]
    joint = np.empty((chosen.size, chosen.size))
    if not random_start:
        joint[np.ix_(order, order)] = _one_walk(pi, ordered)
    elif sample_size(pi) < 2 or chosen.size == 0:
        joint[:] = 0.0
    else:
        covariance = _covariance_over_starts(pi, ordered)
        product = np.outer(pi[ordered], pi[ordered])
        joint[np.ix_(order, order)] = np.maximum(product + covariance, 0.0)
    np.fill_diagonal(joint, pi[chosen])
    return joint


def _one_walk(pi: FloatArray, members: IntArray) -> FloatArray:
    """pi_kl of a walk from the first city; members rise."""
    V = cumulated(pi)
    passes = V.whole > V.whole_before
    if_low, if_high = selection_chances(V.part_before, V.part, passes)
    between = np.zeros(4 * members.size)
    _between(
        4 * pi.size, read_only(if_low), read_only(if_high), read_only(passes), read_only(members), between
    )
    joint = np.zeros((members.size, members.size))
    high, low = np.zeros(members.size), np.zeros(members.size)
    for i, k in enumerate(members):
        stays_high, falls, rises, stays_low = between[4 * i : 4 * i + 4]
        before = high[:i] * stays_high + low[:i] * rises, high[:i] * falls + low[:i] * stays_low
        high[:i], low[:i], joint[i, :i] = _step(*before, if_low[k], if_high[k], passes[k])
        if passes[k]:
            high[i], low[i] = V.part_before[k] * if_high[k], 1.0 - V.part_before[k]
        else:
            high[i], low[i] = pi[k], 0.0
    return joint + joint.T


def _step(
    high: FloatArray, low: FloatArray, if_low: float, if_high: float, passes: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The chain after one more city, and the probability that this city is selected."""
    taken_high, taken_low = high * if_high, low * if_low
    if passes:
        return taken_high, high - taken_high + low, taken_high + taken_low
    return high + taken_low, low * (1.0 - if_low), taken_high + taken_low


@kernel
def _between(
    if_low: Sequence[float],
    if_high: Sequence[float],
    passes: Sequence[bool],
    members: Sequence[int],
    between: MutableSequence[float],
) -> None:
    """The chain from one member to the next: P(high | high), P(low | high), P(high | low), P(low | low)."""
    i = 0
    hh, hl, lh, ll = 1.0, 0.0, 0.0, 1.0
    for k in range(len(if_low)):
        if i < len(members) and members[i] == k:
            between[4 * i] = hh
            between[4 * i + 1] = hl
            between[4 * i + 2] = lh
            between[4 * i + 3] = ll
            hh, hl, lh, ll = 1.0, 0.0, 0.0, 1.0
            i += 1
        elif passes[k]:
            hl, ll = hl + hh * (1.0 - if_high[k]), ll + lh * (1.0 - if_high[k])
            hh, lh = hh * if_high[k], lh * if_high[k]
        else:
            hh, lh = hh + hl * if_low[k], lh + ll * if_low[k]
            hl, ll = hl * (1.0 - if_low[k]), ll * (1.0 - if_low[k])


def _covariance_over_starts(pi: FloatArray, members: IntArray) -> FloatArray:
    """Sum over the starts of pi_a / n times pi_kl - pi_k pi_l; members rise.

    The circle is laid out twice, so that each walk is a run of N columns.
    """
    m = members.size
    columns = np.concatenate([members, members + pi.size])
    covariance = np.zeros((m, m))
    for weights, A, B, b, between in _blocks_of_starts(pi, columns):
        memory = weights[:, None] * A
        for lag in range(1, m):
            # A pair (k, l) of the walk is the columns i and i + lag.
            memory = memory[:, : 2 * m - lag] * between[:, lag - 1 : 2 * m - 1]
            if lag > 1:
                memory *= b[:, lag - 1 : 2 * m - 1]
            if lag % 8 == 0 and np.abs(memory).max() < NEGLIGIBLE:
                break
            found = np.einsum("ai,ai->i", memory, B[:, lag:])
            first = np.arange(2 * m - lag)
            np.add.at(covariance, (first % m, (first + lag) % m), found)
    return covariance + covariance.T


def _blocks_of_starts(
    pi: FloatArray, columns: IntArray
) -> Iterator[tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]]:
    """Blocks of starts: their weights; A, B and b at the members (2m columns); products of b between them."""
    N, n = pi.size, sample_size(pi)
    V = cumulated(pi)
    rows = max(1, BLOCK // max(columns.size, n))
    for first in range(0, N, rows):
        starts = np.arange(first, min(first + rows, N))
        part = _part_from(V.part[columns % N], V.part_before[starts], n)
        before = _part_from(V.part_before[columns % N], V.part_before[starts], n)
        p = pi[columns % N]
        passes = (part < before) | ((part == before) & (p > 0.5))
        if_low, if_high = selection_chances(before, part, passes)
        walked = (columns >= starts[:, None]) & (columns < starts[:, None] + N)
        A = np.where(walked, np.where(passes, part * (1.0 - p), p * (1.0 - part)), 0.0)
        B = np.where(walked, if_high - if_low, 0.0)
        between = (1.0 - before[:, 1:]) / (1.0 - part[:, :-1])
        _multiply_passing(between, V, starts, columns)
        yield pi[starts] / n, A, B, np.where(passes, if_high, 1.0 - if_low), between


def _part_from(part: FloatArray, start: FloatArray, n: int) -> FloatArray:
    """Part below 1 of V_k counted from each start, shape (starts, columns)."""
    part = part - start[:, None]
    part += part < -n * ROUNDING
    part[(np.abs(part) < n * ROUNDING) | (part > 1.0 - n * ROUNDING)] = 0.0
    return part


def _multiply_passing(between: FloatArray, V: Cumulated, starts: IntArray, columns: IntArray) -> None:
    """Multiply the products between members by what the cities do there at which V passes a whole number.

    Without such cities the product of all b between two members is a ratio of two 1 - F, because
    neighbouring terms cancel. A city q at which V passes a whole number puts in the factor
    (1 - F_{q-1}) F_q / (F_{q-1} (1 - F_q)).
    """
    n = int(V.whole[-1])
    twice = np.concatenate([V.whole + V.part, V.whole + V.part + n])
    begin = (V.whole_before + V.part_before)[starts][:, None]
    whole = np.arange(1, n + 1)
    q = np.searchsorted(twice, begin + whole - n * ROUNDING)
    part = twice[q] - begin - whole
    part[part < n * ROUNDING] = 0.0
    before = np.where(q > 0, twice[q - 1], 0.0) - begin - (whole - 1)
    # F_q <= F_{q-1}, but rounding may turn this round for pi_q next to 1.
    before = np.maximum(before, np.maximum(part, n * ROUNDING))
    factor = (1.0 - before) * part / (before * (1.0 - part))
    gap = np.searchsorted(columns, q) - 1
    inside = (gap >= 0) & (gap < columns.size - 1) & (columns[np.minimum(gap + 1, columns.size - 1)] != q)
    row = np.broadcast_to(np.arange(starts.size)[:, None], q.shape)
    np.multiply.at(between, (row[inside], gap[inside]), factor[inside])
