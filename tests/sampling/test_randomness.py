"""Randomness that anybody can check: recomputed here with hashlib and a written-out formula only."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import citysample as cs
from citysample.sampling.randomness import random_start, random_stream, words_to_uniforms

SEED = "KEN-NSC-2026"

# Text that is hashed, its SHA-256 (printed by `printf '%s' TEXT | sha256sum`), the number in (0, 1).
PUBLISHED = [
    (
        "city|KEN-NSC-2026|184745",
        "6f7209aa4e64ca0048c1aadac709b5b14316089c847e663e6c38d69130b0fc16",
        0.43533382804743603,
    ),
    (
        "city|KEN-NSC-2026|191245",
        "e43d786758cfbc7eac77f7140aa712155bfe42e2a5fbe2c077be9275d2a704c5",
        0.8915629627525153,
    ),
    (
        "city|s\u00e9ed|001",
        "fd20620ec1a4f4462b630c640f90dbdd602ade36714419bfe16ec99737e61242",
        0.9887753759409355,
    ),
    (
        "start|KEN-NSC-2026|North",
        "b1f34138a20605b4fa3469e624f1b7c69e4bbc7330256181a8ae989cc7983c39",
        0.6951180232299734,
    ),
]

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


def uniform_of(text: str) -> float:
    """The first 53 bits of the digest, as a binary fraction; all zeros become 2**-54."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    bits = int(bin(int("1" + digest, 16))[3:][:53], 2)
    return bits / 2**53 if bits else 2.0**-54


def philox_4x64_10(counter: tuple[int, int, int, int], key: tuple[int, int]) -> list[int]:
    """One block of four words, written from Salmon et al. (2011), without NumPy."""
    word = 2**64 - 1
    (c0, c1, c2, c3), (k0, k1) = counter, key
    for _ in range(10):
        first, second = 0xD2E7470EE14C6C93 * c0, 0xCA5A826395121157 * c2
        c0, c1, c2, c3 = (second >> 64) ^ c1 ^ k0, second & word, (first >> 64) ^ c3 ^ k1, first & word
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) & word, (k1 + 0xBB67AE8584CAA73B) & word
    return [c0, c1, c2, c3]


@pytest.mark.parametrize(("text", "digest", "number"), PUBLISHED)
def test_published_vectors(text: str, digest: str, number: float) -> None:
    kind, seed, name = text.split("|")
    assert hashlib.sha256(text.encode()).hexdigest() == digest
    assert uniform_of(text) == number
    found = cs.permanent_random_numbers(seed, [name]) if kind == "city" else random_start(seed, name)
    assert found.tolist() == [number]


@given(TEXT, st.lists(TEXT, min_size=1, max_size=10))
def test_permanent_random_numbers_are_recomputed_with_a_hash_tool(seed: str, ids: list[str]) -> None:
    found = cs.permanent_random_numbers(seed, ids)
    assert found.tolist() == [uniform_of(f"city|{seed}|{city_id}") for city_id in ids]
    assert len(found) == len(ids)


@given(TEXT, TEXT)
def test_starts_are_recomputed_with_a_hash_tool(seed: str, stratum: str) -> None:
    assert random_start(seed, stratum).tolist() == [uniform_of(f"start|{seed}|{stratum}")]


def test_order_of_numbers_is_the_order_of_hex_digests() -> None:
    ids = [f"{k:06}" for k in range(5000)]
    numbers = cs.permanent_random_numbers(SEED, ids)
    digests = [hashlib.sha256(f"city|{SEED}|{city_id}".encode()).hexdigest() for city_id in ids]
    assert np.argsort(numbers, kind="stable").tolist() == sorted(range(5000), key=digests.__getitem__)
    assert np.unique(numbers).size == 5000


def test_numbers_look_uniform() -> None:
    numbers = cs.permanent_random_numbers(SEED, [str(k) for k in range(20_000)])
    empirical = np.arange(1, 20_001) / 20_000
    distance = float(np.abs(np.sort(numbers) - empirical).max())
    assert distance < 1.95 / np.sqrt(20_000)  # Kolmogorov-Smirnov, level 0.001


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20))
def test_words_become_numbers_strictly_between_0_and_1(words: list[int]) -> None:
    found = words_to_uniforms(np.array(words, dtype=np.uint64))
    assert ((found > 0.0) & (found < 1.0)).all()
    assert found.tolist() == [(word >> 11) / 2**53 or 2.0**-54 for word in words]


def test_edges_of_the_conversion() -> None:
    words = np.array([0, 2**11 - 1, 2**11, 2**63, 2**64 - 1], dtype=np.uint64)
    assert words_to_uniforms(words).tolist() == [2.0**-54, 2.0**-54, 2.0**-53, 0.5, 1.0 - 2.0**-53]


def test_philox_by_hand_gives_the_published_block() -> None:
    # Known-answer test of Random123 for counter 0 and key 0.
    block = philox_4x64_10((0, 0, 0, 0), (0, 0))
    assert [f"{word:016x}" for word in block] == [
        "16554d9eca36314c",
        "db20fe9d672d0fdc",
        "d7e772cee186176b",
        "7e68b68aec7ba23b",
    ]


@given(TEXT, TEXT, st.sampled_from(["pivotal", "cube"]), st.integers(1, 13))
@settings(max_examples=30)
def test_streams_are_philox_blocks_from_counter_1_on(
    seed: str, stratum: str, purpose: str, count: int
) -> None:
    digest = hashlib.sha256(f"stream|{seed}|{stratum}|{purpose}".encode()).hexdigest()
    key = (int(digest[:16], 16), int(digest[16:32], 16))
    words = [word for block in range(1, 5) for word in philox_4x64_10((block, 0, 0, 0), key)]
    found = random_stream(seed, stratum, purpose, count)
    assert found.tolist() == [(word >> 11) / 2**53 or 2.0**-54 for word in words[:count]]
    assert found.size == count


def test_published_stream() -> None:
    assert random_stream(SEED, "North", "pivotal", 5).tolist() == [
        0.7080567520040588,
        0.5375418978370554,
        0.6135319428866768,
        0.07574731048187744,
        0.340829297681412,
    ]


def test_a_longer_stream_starts_with_the_shorter_one() -> None:
    long = random_stream(SEED, "North", "pivotal", 50)
    assert [random_stream(SEED, "North", "pivotal", count).tolist() for count in (0, 1, 7, 49)] == [
        long[:count].tolist() for count in (0, 1, 7, 49)
    ]


def test_streams_of_other_names_are_other_numbers() -> None:
    names = [("a", "b", "c"), ("a", "b", "d"), ("a", "c", "c"), ("b", "b", "c")]
    found = {tuple(random_stream(*name, 4)) for name in names}
    assert len(found) == 4
