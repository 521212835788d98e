"""What ``citysample frames prepare`` prints: counts, and what is left to decide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from citysample.reference_frames.checks.hits import counted
from citysample.reference_frames.prepare.catalogue import CATALOGUE, Finding
from citysample.reference_frames.prepare.result import CITY_ID, Prepared
from citysample.reference_frames.prepare.sources import Source

__all__ = ["next_check", "summary"]

SHOWN = 10
LONGEST = 120


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
    errors = [finding for finding in prepared.findings if finding.severity == "error"]
    doubts = [
        finding
        for finding in prepared.findings
        if finding.severity != "error" and finding.done == "to decide"
    ]
    for title, found in (("Errors:", errors), ("To decide (nothing was changed there):", doubts)):
        if found:
            yield f"\n{title}"
        for code in dict.fromkeys(finding.code for finding in found):
            yield from _listed([finding for finding in found if finding.code == code])
    headers = [finding for finding in prepared.findings if finding.code == "HEADER-TWO"]
    for finding in headers:
        yield f"\nThe header has two rows. The columns are: {finding.now}."
    more = len(prepared.findings) - len(errors) - len(doubts) - len(headers)
    if more:
        yield f"\n{counted(more, 'more finding')}: see the sheet 'findings'."
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


def _listed(findings: list[Finding]) -> Iterator[str]:
    """The first findings of one code, with the names of the cities."""
    kind = CATALOGUE[findings[0].code]
    yield f"  {findings[0].code} ({len(findings)}). {kind.meaning}"
    for finding in findings[:SHOWN]:
        place = finding.cell or f"row {finding.row}"
        city = f" ({finding.city})" if finding.city and finding.cell else ""
        found = finding.found if len(finding.found) <= LONGEST else f"{finding.found[:LONGEST]} ..."
        yield f"    {place}{city}: {found or '(blank)'}"
    if len(findings) > SHOWN:
        yield f"    ... and {len(findings) - SHOWN} more: see the sheet 'findings'"
    yield f"    {kind.remedy}"
