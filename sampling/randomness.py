"""Random numbers that anybody can recompute from the seed.

Three sources, all named by a text whose SHA-256 is taken (UTF-8):

- ``city|SEED|CITY_ID`` gives the permanent random number u_k of a city;
- ``start|SEED|STRATUM`` gives one random start of a stratum;
- ``stream|SEED|STRATUM|PURPOSE`` keys a Philox generator, for methods that need many numbers.

A 64-bit word becomes a number in (0, 1) by keeping its first 53 bits m: u = m / 2**53, and
u = 2**-54 if m = 0. So the order of u is the order of the hexadecimal digests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from citysample.errors import DesignError
from citysample.reference_frames.columns import FloatArray

__all__ = ["permanent_random_numbers", "random_start", "random_stream", "words_to_uniforms"]


def permanent_random_numbers(seed: str, city_ids: Sequence[str]) -> FloatArray:
    """The permanent random number u_k of each city.

    Use it to recompute a draw, or to draw with permanent random numbers in another program. It
    depends on the seed and the city id alone, so a city keeps its number in each round.

    Parameters
    ----------
    seed : str
        The public seed.
    city_ids : sequence of str
        Permanent ids of n cities.

    Returns
    -------
    array (n,)
        Numbers in (0, 1).

    Notes
    -----
    u_k = floor(D / 2**11) / 2**53, with D the first 8 bytes (big-endian) of
    SHA-256("city|" + seed + "|" + city_id) in UTF-8.

    References
    ----------
    Ohlsson, E. (1995). Coordination of samples using permanent random numbers. In Business Survey
    Methods, Wiley, ch. 9. FIPS 180-4 (2015), SHA-256.

    Examples
    --------
    >>> permanent_random_numbers("KEN-NSC-2026", ["184745", "191245"]).tolist()
    [0.43533382804743603, 0.8915629627525153]
    """
    if isinstance(city_ids, str):
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The city ids must be a list.",
            got=repr(city_ids),
            expected="the seed, then a list of ids",
            remedy="Write permanent_random_numbers(seed, [city_id]).",
        )
    start, sha256 = f"city|{seed}|", hashlib.sha256
    digests = b"".join([sha256(f"{start}{city_id}".encode()).digest() for city_id in city_ids])
    return words_to_uniforms(np.frombuffer(digests, dtype=">u8")[::4].astype(np.uint64))


def random_start(seed: str, stratum: str) -> FloatArray:
    """One number in (0, 1) for a stratum, shape (1,): the start of a systematic selection.

    Examples
    --------
    >>> random_start("KEN-NSC-2026", "North").tolist()
    [0.6951180232299734]
    """
    return words_to_uniforms(np.array([_first_word(f"start|{seed}|{stratum}")], dtype=np.uint64))


def random_stream(seed: str, stratum: str, purpose: str, count: int) -> FloatArray:
    """``count`` numbers in (0, 1) from a Philox generator, shape (count,).

    The key of Philox-4x64-10 is the first 16 bytes of SHA-256("stream|SEED|STRATUM|PURPOSE"), as
    two big-endian words; the counter of NumPy starts at 0, so the first block has counter 1; the raw
    64-bit words are used in order.

    References
    ----------
    Salmon, J. K. et al. (2011). Parallel random numbers: as easy as 1, 2, 3. Proc. SC11.

    Examples
    --------
    >>> random_stream("KEN-NSC-2026", "North", "pivotal", 2).tolist()
    [0.7080567520040588, 0.5375418978370554]
    """
    digest = hashlib.sha256(f"stream|{seed}|{stratum}|{purpose}".encode()).digest()
    key = np.array([int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")], dtype=np.uint64)
    generator = np.random.Philox(counter=0, key=key)
    return words_to_uniforms(np.asarray(generator.random_raw(count), dtype=np.uint64))


def words_to_uniforms(words: npt.NDArray[np.uint64]) -> FloatArray:
    """64-bit words to numbers in (0, 1): the first 53 bits, divided by 2**53; 0 becomes 2**-54.

    >>> words_to_uniforms(np.array([0, 2**63, 2**64 - 1], dtype=np.uint64)).tolist()
    [5.551115123125783e-17, 0.5, 0.9999999999999999]
    """
    bits = (words >> np.uint64(11)).astype(np.float64)
    return np.where(bits == 0.0, 0.5, bits) * 2.0**-53


def _first_word(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big")
