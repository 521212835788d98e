"""The result of a check of a city frame: findings, and what could not be checked."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citysample.errors import quoted
from citysample.reference_frames.checks.catalogue import FINDINGS, SEVERITIES, Severity

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SHOWN", "Finding", "FrameCheck", "severity_order", "wrapped"]

SHOWN = 5
"""How many findings of one kind are printed; all are in the table."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    Parameters
    ----------
    code : str
        Stable code, a key of ``FINDINGS``.
    cities : tuple of str
        Ids of all cities concerned. A row without a usable id is named by its number, as "row 7".
    got : str
        What was found.

    Examples
    --------
    >>> finding = Finding("SIZE-MISSING", ("a", "b"), "2 empty cells in column 'population'")
    >>> print(finding)
    [SIZE-MISSING] A city has no size.
      cities:   'a', 'b'
      got:      2 empty cells in column 'population'
      remedy:   Fill in the size, or remove the row if it is no city.
    """

    code: str
    cities: tuple[str, ...]
    got: str

    def __post_init__(self) -> None:
        if self.code not in FINDINGS:
            raise KeyError(f"finding {self.code} is not in the catalogue")

    @property
    def severity(self) -> Severity:
        """``error``, ``warning`` or ``note``."""
        return FINDINGS[self.code].severity

    @property
    def what(self) -> str:
        """One sentence that says what is wrong."""
        return FINDINGS[self.code].meaning

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return FINDINGS[self.code].remedy

    def __str__(self) -> str:
        parts = (("cities", quoted(self.cities)), ("got", self.got), ("remedy", self.remedy))
        lines = [f"  {name + ':':<10}{text}" for name, text in parts if text]
        return "\n".join([f"[{self.code}] {self.what}", *lines])


def severity_order(finding: Finding) -> tuple[int, int, str, tuple[str, ...], str]:
    """A key that sorts findings: worst first, then in the order of the catalogue, then by city."""
    place = list(FINDINGS).index(finding.code)
    first = finding.cities[0] if finding.cities else ""
    return SEVERITIES.index(finding.severity), place, first, finding.cities, finding.got


@dataclass(frozen=True, slots=True)
class FrameCheck:
    """What the checks of a city frame found, and what they could not look at.

    Parameters
    ----------
    findings : tuple of Finding
        Worst first.
    N : int
        Number of rows of the table.
    columns : tuple of str
        Which column served as what, such as ``"size: column 'population'"``.
    checked : tuple of str
        The checks that ran, with their cuts.
    not_checked : tuple of str
        The checks that did not run, each with the reason.
    """

    findings: tuple[Finding, ...]
    N: int
    columns: tuple[str, ...]
    checked: tuple[str, ...]
    not_checked: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """True if no finding is an error. Warnings may be there."""
        return self.counts["error"] == 0

    @property
    def counts(self) -> dict[Severity, int]:
        """Number of findings of each severity, worst first."""
        found = Counter(finding.severity for finding in self.findings)
        return {severity: found[severity] for severity in SEVERITIES}

    def to_frame(self, most: int | None = None) -> pd.DataFrame:
        """One row for each finding, worst first; ``cities`` holds the ids, joined by "; ".

        Parameters
        ----------
        most : int, optional
            At most so many ids in a cell, since a spreadsheet's cell is limited. Default: all.
        """
        import pandas as pd

        columns = ["severity", "code", "what", "n_cities", "cities", "got", "remedy"]
        rows = [
            (f.severity, f.code, f.what, len(f.cities), _ids(f.cities, most), f.got, f.remedy)
            for f in self.findings
        ]
        index = pd.RangeIndex(1, len(rows) + 1, name="finding")
        return pd.DataFrame(rows, columns=columns, index=index)

    def cities_frame(self) -> pd.DataFrame:
        """One row for each city of each finding, with the number of the finding in ``to_frame``."""
        import pandas as pd

        rows = [
            (number, finding.severity, finding.code, city)
            for number, finding in enumerate(self.findings, start=1)
            for city in finding.cities
        ]
        table = pd.DataFrame(rows, columns=["finding", "severity", "code", "city_id"])
        return table.set_index("finding")

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        counted = ", ".join(
            f"{count} {severity}{'' if count == 1 else 's'}" for severity, count in self.counts.items()
        )
        yield f"{self.N} rows checked: {counted}."
        printed: Counter[str] = Counter()
        totals = Counter(finding.code for finding in self.findings)
        for finding in self.findings:
            printed[finding.code] += 1
            if printed[finding.code] <= SHOWN:
                yield f"\n{finding.severity.upper()} {finding}"
            elif printed[finding.code] == totals[finding.code]:
                yield f"\n... and {totals[finding.code] - SHOWN} more findings [{finding.code}]"
        yield "\n" + wrapped(f"Columns: {'; '.join(self.columns) or 'none'}.")
        yield wrapped(f"Checked: {'; '.join(self.checked) or 'nothing'}.")
        yield "Not checked:" if self.not_checked else "Not checked: nothing was left out."
        yield from (f"  {line}" for line in self.not_checked)


def wrapped(text: str) -> str:
    """A long line as several lines, indented from the second on."""
    return textwrap.fill(text, width=100, subsequent_indent="  ", break_long_words=False)


def _ids(cities: tuple[str, ...], most: int | None) -> str:
    shown = "; ".join(cities[:most])
    return shown if most is None or len(cities) <= most else f"{shown}; ... ({len(cities)} in all)"
