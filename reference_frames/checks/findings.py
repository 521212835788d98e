"""The result of a check of a city frame: findings, and what could not be checked."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citysample.reference_frames.checks.catalogue import FINDINGS, SEVERITIES, Severity
from citysample.reference_frames.checks.hits import counted, grouped

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SHOWN", "Finding", "FrameCheck", "LeftOut", "severity_order", "with_names", "wrapped"]

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
    names : tuple of str
        Their names, or an empty text for each city without a name; () if there is no column with names.

    Examples
    --------
    >>> got = "2 empty cells in column 'population'"
    >>> print(Finding("SIZE-MISSING", ("a", "b"), got, ("Alta", "")))
    [SIZE-MISSING] A city has no size.
      cities:   'a' Alta, 'b'
      got:      2 empty cells in column 'population'
      remedy:   Fill in the size, or remove the row if it is no city.
    """

    code: str
    cities: tuple[str, ...]
    got: str
    names: tuple[str, ...] = ()

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
        parts = (("cities", with_names(self.cities, self.names)), ("got", self.got), ("remedy", self.remedy))
        lines = [f"  {name + ':':<10}{text}" for name, text in parts if text]
        return "\n".join([f"[{self.code}] {self.what}", *lines])


def severity_order(finding: Finding) -> tuple[int, int, str, tuple[str, ...], str]:
    """A key that sorts findings: worst first, then in the order of the catalogue, then by city."""
    place = list(FINDINGS).index(finding.code)
    first = finding.cities[0] if finding.cities else ""
    return SEVERITIES.index(finding.severity), place, first, finding.cities, finding.got


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A check that did not run, or of which a part did not, and why.

    Parameters
    ----------
    title : str
        The check.
    reasons : tuple of str
        What is missing; the first one says where the check is listed.
    partly : bool
        True if the rest of the check ran.
    """

    title: str
    reasons: tuple[str, ...]
    partly: bool = False

    def __str__(self) -> str:
        return f"{self.title}: {', '.join(self.reasons)}"


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
    left_out : tuple of LeftOut
        The checks that did not run, each with the reason.
    lacking : str
        Why only few checks could run; an empty text if there are ids and sizes.
    """

    findings: tuple[Finding, ...]
    N: int
    columns: tuple[str, ...]
    checked: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    lacking: str = ""

    @property
    def not_checked(self) -> tuple[str, ...]:
        """The checks that did not run, each with the reason, as text."""
        return tuple(map(str, self.left_out))

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
        """One row for each finding, worst first; ``cities`` and ``names`` hold all, joined by "; ".

        Parameters
        ----------
        most : int, optional
            At most so many ids and names in a cell, since a spreadsheet's cell is limited. Default: all.
        """
        import pandas as pd

        columns = ["severity", "code", "what", "n_cities", "cities", "names", "got", "remedy"]
        rows = [
            (
                f.severity,
                f.code,
                f.what,
                len(f.cities),
                _joined(f.cities, most),
                _joined(f.names, most),
                f.got,
                f.remedy,
            )
            for f in self.findings
        ]
        index = pd.RangeIndex(1, len(rows) + 1, name="finding")
        return pd.DataFrame(rows, columns=columns, index=index)

    def cities_frame(self) -> pd.DataFrame:
        """One row for each city of each finding, with the number of the finding in ``to_frame``."""
        import pandas as pd

        rows = [
            (number, finding.severity, finding.code, city, name)
            for number, finding in enumerate(self.findings, start=1)
            for city, name in zip(finding.cities, finding.names or [""] * len(finding.cities), strict=True)
        ]
        table = pd.DataFrame(rows, columns=["finding", "severity", "code", "city_id", "name"])
        return table.set_index("finding")

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        if self.lacking:
            ran = len(self.checked)
            whole = ran + sum(not one.partly for one in self.left_out)
            yield f"Only {ran} of {whole} checks could run: {self.lacking}.\n"
        counts = ", ".join(counted(count, severity) for severity, count in self.counts.items())
        yield f"{counted(self.N, 'row')} checked: {counts}."
        printed: Counter[str] = Counter()
        totals = Counter(finding.code for finding in self.findings)
        for finding in self.findings:
            printed[finding.code] += 1
            if printed[finding.code] <= SHOWN:
                yield f"\n{finding.severity.upper()} {finding}"
            elif printed[finding.code] == totals[finding.code]:
                yield f"\n... and {grouped(totals[finding.code] - SHOWN)} more findings [{finding.code}]"
        yield "\n" + wrapped(f"Columns: {'; '.join(self.columns) or 'none'}.")
        yield wrapped(f"Checked: {'; '.join(self.checked) or 'nothing'}.")
        yield "Not checked:" if self.left_out else "Not checked: nothing was left out."
        yield from self._not_checked_lines()

    def _not_checked_lines(self) -> Iterator[str]:
        """What was left out, by what is missing: one line for several checks that miss the same."""
        groups: dict[str, list[LeftOut]] = {}
        for one in self.left_out:
            groups.setdefault(one.reasons[0], []).append(one)
        for reason, checks in groups.items():
            if len(checks) == 1:
                yield wrapped(str(checks[0]), "  ")
            else:
                titles = "; ".join(one.title for one in checks)
                yield wrapped(f"{reason}: {len(checks)} checks ({titles})", "  ")


def wrapped(text: str, indent: str = "") -> str:
    """A long line as several lines, indented by two blanks more from the second on."""
    return textwrap.fill(
        text, width=100, initial_indent=indent, subsequent_indent=f"{indent}  ", break_long_words=False
    )


def with_names(ids: Sequence[str], names: Sequence[str], limit: int = SHOWN) -> str:
    """The first ids in quotes, each with its name, and how many there are in all.

    >>> with_names(["7", "8"], ["Alta", ""]), with_names(["7", "8"], [], limit=1)
    ("'7' Alta, '8'", "'7', ... (2 in all)")
    """
    shown = [f"'{city}' {name}".strip() for city, name in zip(ids, names or [""] * len(ids), strict=True)]
    more = f", ... ({grouped(len(ids))} in all)" if len(ids) > limit else ""
    return ", ".join(shown[:limit]) + more


def _joined(texts: tuple[str, ...], most: int | None) -> str:
    if not any(texts):
        return ""
    shown = "; ".join(texts[:most])
    return shown if most is None or len(texts) <= most else f"{shown}; ... ({len(texts)} in all)"
