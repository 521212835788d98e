"""The Poisson-binomial count given that it is n: what fixed-size designs with odds have in common.

Cities enter independently with probabilities p_k = omega_k / (1 + omega_k), and only samples of n cities
count. The odds omega_k may be multiplied by any constant, so the expected count is made n first.
Conditional Poisson sampling is this law. Sampford and Pareto sampling give each sample of it the
further weight a_s = sum over s of a_k, with their own constants a_k.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = [
    "ComplexArray",
    "CountLaw",
    "centred_odds",
    "count_law",
    "inclusion",
    "joint",
    "summed_inclusion",
    "summed_joint",
]

ComplexArray: TypeAlias = np.ndarray[Any, np.dtype[np.complex128]]

NEGLIGIBLE = 42.0
"""Parts below exp(-42) = 6e-19 of the whole are left out."""
BLOCK = 4096
"""Cities whose numbers fit into the cache of a processor together."""


@dataclass(frozen=True, slots=True)
class CountLaw:
    """The law of n independent entries, as K frequencies of its characteristic function.

    The probability of an event given n is the real part of a sum over the frequencies of
    ``weight`` times a factor: ``p z inverse`` for a city that is in, ``q inverse`` for one that is out.

    Parameters
    ----------
    n : int
        Number of cities that enter.
    p, q : array (N,)
        Entry probabilities p_k with sum n, and 1 - p_k.
    z : array (K,) of complex
        exp(i t) at the frequencies t.
    weight : array (K,) of complex
        Characteristic function times exp(-i n t), scaled to a sum with real part 1.
    inverse : array (K, N) of complex
        1 / (q_k + p_k z).
    """

    n: int
    p: FloatArray
    q: FloatArray
    z: ComplexArray
    weight: ComplexArray
    inverse: ComplexArray


def count_law(odds: FloatArray, n: int) -> CountLaw:
    """The law of n cities that enter with the given odds.

    Parameters
    ----------
    odds : array (N,)
        Odds omega_k > 0, up to a common factor.
    n : int
        Number of cities, 0 < n < N.

    Returns
    -------
    CountLaw
        The law at the K frequencies that matter; K is at most 33, whatever N.

    Notes
    -----
    P(S = n) = (1/M) sum over j < M of phi(t_j) exp(-i n t_j), t_j = 2 pi j / M, where phi is the
    characteristic function of the count S. M = N + 1 is exact. A smaller M adds P(S = n + M),
    P(S = n - M), ..., which Bernstein's inequality bounds; and abs(phi(t)) is at most
    exp(-V(S) (1 - cos t)), which ends the sum early. M is odd, so that no q_k + p_k z is zero.

    References
    ----------
    Fernandez, M., Williams, S. (2010). Closed-form expression for the Poisson-binomial probability
    density function. IEEE Trans. Aerosp. Electron. Syst. 46, 803-817.
    """
    odds = centred_odds(odds, n)
    p, q = odds / (1.0 + odds), 1.0 / (1.0 + odds)
    variance = float((p * q).sum())
    reach = NEGLIGIBLE / 3.0 + np.sqrt(NEGLIGIBLE**2 / 9.0 + 2.0 * variance * NEGLIGIBLE)
    # Up to three cities are taken out of the count later: 4 more in reach, 1 less in variance.
    M = min(p.size + 1, int(reach) + 4) | 1
    j = np.arange(M // 2 + 1)
    t = 2.0 * np.pi * j / M
    j = j[(variance - 1.0) * (1.0 - np.cos(t)) <= NEGLIGIBLE]
    t = t[: j.size]
    step = -2.0 * np.sin(t / 2.0) ** 2 + 1j * np.sin(t)
    inverse = np.empty((j.size, p.size), dtype=np.complex128)
    products = []
    for start in range(0, p.size, BLOCK):
        block = slice(start, start + BLOCK)
        change = step[:, None] * p[block]
        products.append(_product(change))
        np.divide(1.0, 1.0 + change, out=inverse[:, block])
    characteristic = 1.0 + _product(np.hstack(products))[:, 0]
    weight = characteristic * np.exp(-2j * np.pi * (n * j % M) / M)
    weight[1:] *= 2.0  # the frequencies below 0 are conjugate
    weight /= weight.real.sum()
    return CountLaw(n, p, q, 1.0 + step, weight, inverse)


def inclusion(law: CountLaw) -> tuple[FloatArray, FloatArray]:
    """Probabilities (N,) that a city is in, and that it is out, each to its own last digits."""
    return law.p * _sum(law.inverse, law.weight * law.z), law.q * _sum(law.inverse, law.weight)


def joint(law: CountLaw, members: IntArray | None = None) -> FloatArray:
    """Probabilities (m, m) that two of the cities ``members`` (default all) are both in."""
    entry = entries(law, members) * np.sqrt(law.weight)[:, None]
    # One product of real numbers: the real part of entry' entry.
    both = np.vstack([entry.real, -entry.imag]).T @ np.vstack([entry.real, entry.imag])
    alone = inclusion(law)[0]
    return _finished(both, alone if members is None else alone[members], law.n)


def summed_inclusion(law: CountLaw, a: FloatArray) -> tuple[FloatArray, FloatArray]:
    """As :func:`inclusion`, where each sample has the further weight sum over s of a_k."""
    entry = entries(law)
    total = _total(entry, a)
    whole = float((law.weight * total).sum().real)
    # The factor g_k (1 - g_k), from numbers that do not cancel.
    own = a * law.p * law.q * _sum(law.inverse**2, law.weight * law.z)
    inside = law.p * _sum(law.inverse, law.weight * law.z * total) + own
    outside = law.q * _sum(law.inverse, law.weight * total) - own
    return inside / whole, outside / whole


def summed_joint(law: CountLaw, a: FloatArray, members: IntArray | None = None) -> FloatArray:
    """As :func:`joint`, where each sample has the further weight sum over s of a_k.

    Notes
    -----
    With g_k = p_k z / (q_k + p_k z) and T = sum over U of a_m g_m, the factor of "k and l are in" is
    g_k g_l (T + a_k (1 - g_k) + a_l (1 - g_l)), because a city that is in adds its a with certainty.
    """
    everybody = entries(law)
    total = _total(everybody, a)
    alone = summed_inclusion(law, a)[0]
    entry = everybody
    if members is not None:
        entry, a, alone = everybody[:, members], a[members], alone[members]
    weight = law.weight / (law.weight * total).sum().real
    half = entry * (total[:, None] / 2.0 + a * (1.0 - entry)) * weight[:, None]
    product = np.vstack([half.real, -half.imag]).T @ np.vstack([entry.real, entry.imag])
    return _finished(product + product.T, alone, law.n)


def entries(law: CountLaw, members: IntArray | None = None) -> ComplexArray:
    """The factors g_k = p_k z / (q_k + p_k z), shape (K, m), of the cities ``members``, or of all."""
    chosen = slice(None) if members is None else members
    return np.asarray(law.z[:, None] * law.inverse[:, chosen] * law.p[chosen])


def centred_odds(odds: FloatArray, n: int) -> FloatArray:
    """The odds times the constant that makes the expected count n."""
    logs = np.log(odds)
    centre = np.log(n / (odds.size - n))
    low, high = centre - logs.max(), centre - logs.min()
    shift = float(np.clip(centre - np.median(logs), low, high))
    for _ in range(200):
        p = 1.0 / (1.0 + np.exp(-(logs + shift)))
        excess = float(p.sum()) - n
        # Near enough is enough: the law given n does not depend on the constant.
        if abs(excess) < 1e-6:
            break
        low, high = (low, shift) if excess > 0 else (shift, high)
        shift -= excess / max(float((p * (1.0 - p)).sum()), 1e-300)
        if not low < shift < high:
            shift = (low + high) / 2.0
    return np.asarray(np.exp(logs + shift))


def _product(change: ComplexArray) -> ComplexArray:
    """The product of 1 + change (K, N) over the cities, less 1, shape (K, 1).

    Without the 1, which would swallow the last digits of each change, rounding does not add up.
    """
    while change.shape[1] > 1:
        half = change.shape[1] // 2
        one, other = change[:, :half], change[:, half : 2 * half]
        joined = one + other
        joined += one * other
        odd = change[:, 2 * half :]
        change = np.hstack([joined, odd]) if odd.size else joined
    return change


def _sum(rows: ComplexArray, factor: ComplexArray) -> FloatArray:
    # Not by a matrix product, whose last digits depend on the machine: draws use these numbers.
    return np.asarray(np.einsum("jk,j->k", rows, factor).real)


def _total(entry: ComplexArray, a: FloatArray) -> ComplexArray:
    return np.asarray(np.einsum("jk,k->j", entry, a))


def _finished(both: FloatArray, alone: FloatArray, n: int) -> FloatArray:
    """The matrix with its diagonal, and with 0 where rounding made less than 0."""
    if n == 1:
        return np.diag(alone)
    np.maximum(both, 0.0, out=both)
    np.fill_diagonal(both, alone)
    return both
