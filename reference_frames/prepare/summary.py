"""What ``citysample frames prepare`` prints: counts, and what is left to decide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from citysample.reference_frames.prepare.catalogue import CATALOGUE, Finding
from citysample.reference_frames.prepare.result import CITY_ID, Prepared
from citysample.reference_frames.prepare.sources import Source

__all__ = ["next_check", "summary"]

SHOWN = 3
LONGEST = 40


def summary(prepared: Prepared, source: Source) -> str:
    """The result in a few lines: rows, ids, findings by what was done, and what is to decide."""
    return "\n".join(_lines(prepared, source))


def _lines(prepared: Prepared, source: Source) -> Iterator[str]:
    place = source.name if source.from_text else f"{source.name}, sheet '{source.sheet.name}'"
    yield (
        f"{place}: header in row {prepared.header}, {prepared.rows_read} rows below it, "
        f"{len(prepared.ids)} cities."
    )
    kept = len(prepared.ids) - prepared.new
    yield (
        f"{prepared.new} new ids, {kept} kept. The last number used with the prefix "
        f"'{prepared.prefix}' is {prepared.last_numbers[prepared.prefix]}."
    )
    counts = {f"{word}s": count for word, count in prepared.by_severity.items()}
    yield f"{len(prepared.findings)} findings: {_counted(counts)}." if prepared.findings else "No findings."
    if prepared.findings:
        yield f"What was done: {_counted(prepared.by_action)}."
    left = [finding for finding in prepared.findings if finding.done == "to decide"]
    if left:
        yield "\nTo decide (nothing was changed there):"
    for code in dict.fromkeys(finding.code for finding in left):
        yield from _to_decide([finding for finding in left if finding.code == code])
    unnamed = [f"--{role}" for role, column in _named(prepared).items() if column is None]
    if unnamed:
        yield f"\nNot named: {', '.join(unnamed)}. What needs these columns was not looked for."


def next_check(prepared: Prepared, out: Path) -> str:
    """The next command, and what comes before it."""
    options = {"id": CITY_ID, **_named(prepared)}
    words = [
        f'--{role} "{column}"' if " " in column else f"--{role} {column}"
        for role, column in options.items()
        if column
    ]
    command = f'citysample frames check "{out}" {" ".join(words)}'
    if prepared.by_action["to decide"]:
        return f"mend what is to decide in the sheet 'cities'; then: {command}"
    return command


def _named(prepared: Prepared) -> dict[str, str | None]:
    roles = prepared.roles
    return {"name": roles.name, "region": roles.region, "size": roles.size}


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def _to_decide(findings: list[Finding]) -> Iterator[str]:
    kind = CATALOGUE[findings[0].code]
    yield f"  {findings[0].code} ({len(findings)}). {kind.meaning}"
    for finding in findings[:SHOWN]:
        place = finding.cell or f"row {finding.row}"
        found = finding.found if len(finding.found) <= LONGEST else f"{finding.found[:LONGEST]} ..."
        yield f"    {place}: {found or '(blank)'}"
    if len(findings) > SHOWN:
        yield f"    ... and {len(findings) - SHOWN} more"
    yield f"    {kind.remedy}"
