"""Loops of the cube method: steps that keep balance, over cities in order or over neighbours.

A city is live while its value lies strictly between 0 and 1. The values begin as pi. A step moves
the values of a few live cities along a direction that changes neither the sum in any stratum nor the
balanced totals, until one of them is 0 or 1. Which way is random, such that no expectation changes.

All loops stand in this file, because the compiled code is renewed when its file changes.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from math import inf
from typing import TypeAlias

from citysample.sampling.compiled import helper, kernel

__all__ = ["LEAF", "flight", "local_flight", "nearest", "null_vector"]

Ints: TypeAlias = MutableSequence[int]
Floats: TypeAlias = MutableSequence[float]

LEAF = 8
"""Most cities in a leaf of the tree of neighbours."""
TINY = 1e-12
"""A value this near to 0 or 1 is 0 or 1; an entry this small against its row is rounding."""


@helper
def null_vector(
    matrix: Floats, scale: Sequence[float], rows: int, columns: int, places: Ints, vector: Floats
) -> bool:
    """A vector v with matrix v = 0 and largest entry 1 or -1; False if there is none but 0.

    Gaussian elimination, row by row, with the largest entry of the row as pivot. A row that depends
    on earlier ones is left out.
    """
    for j in range(columns):
        places[j] = j
    rank = 0
    for i in range(rows):
        start = i * columns
        pivot, at = 0.0, 0
        for j in range(rank, columns):
            if abs(matrix[start + j]) > pivot:
                pivot, at = abs(matrix[start + j]), j
        if pivot <= TINY * scale[i]:
            continue
        if rank + 1 == columns:
            return False
        _eliminate(matrix, rows, columns, i, rank, at)
        places[rank], places[at] = places[at], places[rank]
        rank += 1
    for j in range(rank + 1, columns):
        vector[places[j]] = 0.0
    vector[places[rank]] = 1.0
    largest = 1.0
    for r in range(rank - 1, -1, -1):
        total = 0.0
        for j in range(r + 1, rank + 1):
            total += matrix[r * columns + j] * vector[places[j]]
        vector[places[r]] = -total / matrix[r * columns + r]
        largest = max(largest, abs(vector[places[r]]))
    for j in range(columns):
        vector[j] /= largest
    return True


@helper
def _eliminate(matrix: Floats, rows: int, columns: int, i: int, rank: int, at: int) -> None:
    """Make the entry of row i, column ``at`` the pivot number ``rank``, and clear the rows below."""
    for j in range(rank, columns):
        matrix[rank * columns + j] = matrix[i * columns + j]
    pivot_row = rank * columns
    for r in range(rank + 1):
        here, there = r * columns + rank, r * columns + at
        matrix[here], matrix[there] = matrix[there], matrix[here]
    for r in range(i + 1, rows):
        start = r * columns
        matrix[start + rank], matrix[start + at] = matrix[start + at], matrix[start + rank]
        factor = matrix[start + rank] / matrix[pivot_row + rank]
        if factor != 0.0:
            for j in range(rank + 1, columns):
                matrix[start + j] -= factor * matrix[pivot_row + j]


@helper
def _fill_differences(
    auxiliary: Sequence[float],
    width: int,
    rows: int,
    pairs: int,
    strata: Sequence[int],
    block: Sequence[int],
    size: int,
    matrix: Floats,
    scale: Floats,
) -> None:
    """Differences of the auxiliaries x_k / pi_k to the first city of the same stratum in the block."""
    for i in range(rows):
        largest, first, j = 0.0, 0.0, 0
        for b in range(size):
            k = block[b]
            value = auxiliary[k * width + i]
            largest = max(largest, abs(value))
            if b > 0 and strata[k] == strata[block[b - 1]]:
                matrix[i * pairs + j] = value - first
                j += 1
            else:
                first = value
        scale[i] = largest


@helper
def _step(
    values: Floats,
    strata: Sequence[int],
    block: Sequence[int],
    size: int,
    vector: Sequence[float],
    change: Floats,
    u: float,
) -> None:
    """Move the values of the block, up or down along the vector, until a city is at 0 or 1."""
    first, j = 0, 0
    for b in range(size):
        change[b] = 0.0
        if b > 0 and strata[block[b]] == strata[block[b - 1]]:
            change[b] = vector[j]
            change[first] -= vector[j]
            j += 1
        else:
            first = b
    up, down = inf, inf
    for b in range(size):
        if change[b] != 0.0:
            up = min(up, _room(values[block[b]], change[b]))
            down = min(down, _room(values[block[b]], -change[b]))
    sign, length = 1.0, up
    if not u < down / (up + down):
        sign, length = -1.0, down
    for b in range(size):
        k, slope = block[b], sign * change[b]
        if slope == 0.0:
            continue
        value = values[k] + length * slope
        # The city that stops the step ends exactly, so that each step removes one.
        at_limit = _room(values[k], slope) <= length
        if value < TINY or (at_limit and slope < 0.0):
            values[k] = 0.0
        elif value > 1.0 - TINY or at_limit:
            values[k] = 1.0
        else:
            values[k] = value


@helper
def _room(value: float, slope: float) -> float:
    """How far a value can move along the slope until it is 0 or 1."""
    return (1.0 - value) / slope if slope > 0.0 else value / -slope


@kernel
def flight(
    values: Floats,
    auxiliary: Sequence[float],
    width: int,
    rows: int,
    strata: Sequence[int],
    bounds: Sequence[int],
    uniforms: Sequence[float],
    block: Ints,
    matrix: Floats,
    scale: Floats,
    places: Ints,
    vector: Floats,
    change: Floats,
) -> int:
    """Flight over each part of the cities, on the first ``rows`` of ``width`` auxiliaries.

    Cities of one stratum stand together. Part i holds the cities from bounds[i] to bounds[i + 1].
    A block holds cities in order, just enough for ``rows + 1`` differences within strata.
    Returns how many random numbers were used, one for each step.
    """
    used = 0
    for part in range(len(bounds) - 1):
        size, pairs, after = 0, 0, bounds[part]
        while True:
            while pairs <= rows and after < bounds[part + 1]:
                block[size] = after
                if size > 0 and strata[block[size - 1]] == strata[after]:
                    pairs += 1
                size += 1
                after += 1
            if pairs == 0:
                break
            _fill_differences(auxiliary, width, rows, pairs, strata, block, size, matrix, scale)
            if not null_vector(matrix, scale, rows, pairs, places, vector):
                break
            _step(values, strata, block, size, vector, change, uniforms[used])
            used += 1
            kept, pairs = 0, 0
            for b in range(size):
                if 0.0 < values[block[b]] < 1.0:
                    block[kept] = block[b]
                    if kept > 0 and strata[block[kept - 1]] == strata[block[kept]]:
                        pairs += 1
                    kept += 1
            size = kept
    return used


@helper
def _box_distance(
    k: int, node: int, points: Sequence[float], q: int, low: Sequence[float], high: Sequence[float]
) -> float:
    """Squared distance from a city to the box of a node; never above that to a city inside."""
    total = 0.0
    for i in range(q):
        value = points[k * q + i]
        gap = max(low[node * q + i] - value, value - high[node * q + i], 0.0)
        total += gap * gap
    return total


@helper
def nearest(
    k: int,
    wanted: int,
    values: Sequence[float],
    points: Sequence[float],
    q: int,
    ranks: Sequence[int],
    low: Sequence[float],
    high: Sequence[float],
    first: Sequence[int],
    found: Ints,
    distances: Floats,
    nodes: Ints,
    gaps: Floats,
) -> int:
    """The live cities nearest to city k, into found[1], found[2], ...; their number.

    They are in the order of distance, and of rank where the distance is the same.
    """
    N, leaves, count, top = len(ranks), len(first) // 2, 0, 1
    nodes[0], gaps[0] = 1, 0.0
    while top > 0:
        top -= 1
        node, gap = nodes[top], gaps[top]
        if count == wanted:
            worst = distances[count]
            if gap > worst or (gap == worst and first[node] > ranks[found[count]]):
                continue
        if node >= leaves:
            begin = (node - leaves) * LEAF
            for other in range(begin, min(begin + LEAF, N)):
                if other != k and 0.0 < values[other] < 1.0:
                    count = _insert(other, k, wanted, count, points, q, ranks, found, distances)
            continue
        near, far = 2 * node, 2 * node + 1
        near_gap = _box_distance(k, near, points, q, low, high)
        far_gap = _box_distance(k, far, points, q, low, high)
        if far_gap < near_gap or (far_gap == near_gap and first[far] < first[near]):
            near, near_gap, far, far_gap = far, far_gap, near, near_gap
        if first[far] < N:
            nodes[top], gaps[top] = far, far_gap
            top += 1
        if first[near] < N:
            nodes[top], gaps[top] = near, near_gap
            top += 1
    return count


@helper
def _insert(
    other: int,
    k: int,
    wanted: int,
    count: int,
    points: Sequence[float],
    q: int,
    ranks: Sequence[int],
    found: Ints,
    distances: Floats,
) -> int:
    """Put a city among the nearest found so far, if it is one of them; their number."""
    distance = 0.0
    for i in range(q):
        gap = points[k * q + i] - points[other * q + i]
        distance += gap * gap
    place = count + 1
    while place > 1:
        before = distances[place - 1]
        if before < distance or (before == distance and ranks[found[place - 1]] < ranks[other]):
            break
        if place <= wanted:
            found[place], distances[place] = found[place - 1], before
        place -= 1
    if place <= wanted:
        found[place], distances[place] = other, distance
    return min(count + 1, wanted)


@helper
def _forget(k: int, values: Sequence[float], ranks: Sequence[int], first: Ints) -> None:
    """Take a city that is no longer live out of the tree: the lowest live rank of each node above it."""
    N, leaves = len(ranks), len(first) // 2
    begin = k - k % LEAF
    lowest = N
    for other in range(begin, min(begin + LEAF, N)):
        if 0.0 < values[other] < 1.0:
            lowest = min(lowest, ranks[other])
    node = leaves + k // LEAF
    while node > 0 and first[node] != lowest:
        first[node] = lowest
        node //= 2
        lowest = min(first[2 * node], first[2 * node + 1])


@kernel
def local_flight(
    values: Floats,
    auxiliary: Sequence[float],
    width: int,
    points: Sequence[float],
    q: int,
    ranks: Sequence[int],
    low: Sequence[float],
    high: Sequence[float],
    first: Ints,
    live: Ints,
    slots: Ints,
    strata: Sequence[int],
    uniforms: Sequence[float],
    distances: Floats,
    nodes: Ints,
    gaps: Floats,
    block: Ints,
    matrix: Floats,
    scale: Floats,
    places: Ints,
    vector: Floats,
    change: Floats,
) -> int:
    """Flight by steps of a random live city and its ``width + 1`` nearest live cities.

    ``live`` lists the live cities, ``slots`` their places in it. A city that ends gives its place to
    the last of the list. Each step uses two random numbers; returns how many were used.
    """
    count, used = len(live), 0
    while count >= width + 2:
        k = live[min(int(uniforms[used] * count), count - 1)]
        block[0] = k
        nearest(k, width + 1, values, points, q, ranks, low, high, first, block, distances, nodes, gaps)
        _fill_differences(auxiliary, width, width, width + 1, strata, block, width + 2, matrix, scale)
        null_vector(matrix, scale, width, width + 1, places, vector)
        _step(values, strata, block, width + 2, vector, change, uniforms[used + 1])
        used += 2
        for b in range(width + 2):
            k = block[b]
            if not 0.0 < values[k] < 1.0:
                count -= 1
                last = live[count]
                live[slots[k]], slots[last] = last, slots[k]
                _forget(k, values, ranks, first)
    return used
