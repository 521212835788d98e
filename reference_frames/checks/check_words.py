"""Checks of names and labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from citysample.errors import quoted
from citysample.reference_frames.checks.folding import core_name, fold, fold_name, joined, same_texts
from citysample.reference_frames.checks.hits import Hit, Skipped, Yield, counted, hit
from citysample.reference_frames.checks.inputs import Inputs, Texts

__all__ = ["labels", "named_totals", "names", "nested_names", "small_strata"]

FEWEST_IN_STRATUM = 2
"""A variance within a stratum needs two sampled cities, so the stratum needs two."""


def names(inputs: Inputs) -> Iterator[Yield]:
    """Missing names, and equal names in one region."""
    assert inputs.name is not None
    column = inputs.columns["name"]
    missing = [row for row, name in enumerate(inputs.name) if name is None]
    yield from hit("NAME-MISSING", missing, f"{counted(len(missing), 'empty cell')} in column '{column}'")
    folded = [None if name is None else fold_name(name) for name in inputs.name]
    if inputs.region is None:
        yield Skipped("no region column: equal names were looked for in the whole frame", partly=True)
        keys = folded
    else:
        regions = [None if region is None else fold(region) for region in inputs.region]
        keys = joined(zip(folded, regions, strict=True))
    for rows in same_texts(keys):
        place = f" in region '{inputs.region[rows[0]]}'" if inputs.region else ""
        yield Hit("NAME-SAME", rows, quoted(inputs.name[row] for row in rows) + place)


def nested_names(inputs: Inputs) -> Iterator[Yield]:
    """'Gran X', 'Greater X' or 'X Metropolitan' beside 'X', in the same region if both have one."""
    assert inputs.name is not None
    folded = [fold_name(name or "") for name in inputs.name]
    rows_of: dict[str, list[int]] = {}
    for row, name in enumerate(folded):
        rows_of.setdefault(name, []).append(row)
    for row, name in enumerate(folded):
        core = core_name(name)
        for other in rows_of.get(core, []) if core else []:
            if len({fold(region) for k in (row, other) if (region := _region(inputs, k))}) > 1:
                continue
            yield Hit("NESTED-NAME", (row, other), f"'{inputs.name[row]}' beside '{inputs.name[other]}'")


def _region(inputs: Inputs, row: int) -> str | None:
    return inputs.region[row] if inputs.region else None


def named_totals(inputs: Inputs) -> Iterator[Yield]:
    """Rows called Total, in one of several languages."""
    assert inputs.name is not None
    rows = inputs.named_total.nonzero()[0].tolist()
    yield from hit("SUBTOTAL-NAME", rows, quoted(inputs.name[row] for row in rows))


def labels(inputs: Inputs) -> Iterator[Yield]:
    """Missing labels of regions and strata, and labels that people would read as one."""
    columns = dict(inputs.strata)
    if inputs.region is not None:
        columns[inputs.columns["region"]] = inputs.region
    if not columns:
        yield Skipped("no region or stratum column")
    for column, found in columns.items():
        missing = [row for row, label in enumerate(found) if label is None]
        yield from hit(
            "LABEL-MISSING", missing, f"{counted(len(missing), 'empty cell')} in column '{column}'"
        )
        yield from _variants(column, found)


def _variants(column: str, found: Texts) -> Iterator[Hit]:
    """The most frequent way to write a label is taken as right; the rows of the others are named."""
    ways: dict[str, Counter[str]] = {}
    for label in found:
        if label is not None:
            ways.setdefault(fold(label), Counter())[label] += 1
    for counts in ways.values():
        if len(counts) > 1:
            ordered = sorted(counts, key=lambda label: (-counts[label], label.encode()))
            rows = [row for row, label in enumerate(found) if label in ordered[1:]]
            shown = ", ".join(f"'{label}' ({counts[label]} rows)" for label in ordered[:5])
            yield from hit("LABEL-VARIANT", rows, f"{shown} in column '{column}'")


def small_strata(inputs: Inputs) -> Iterator[Yield]:
    """Strata, the cross of the stratum columns, with fewer than two cities."""
    rows_of: dict[tuple[str, ...], list[int]] = {}
    for row, parts in enumerate(zip(*inputs.strata.values(), strict=True)):
        if None not in parts:
            rows_of.setdefault(tuple(part or "" for part in parts), []).append(row)
    for parts, rows in rows_of.items():
        if len(rows) < FEWEST_IN_STRATUM:
            yield Hit("STRATUM-SMALL", tuple(rows), f"stratum '{' / '.join(parts)}' has {len(rows)} city")
