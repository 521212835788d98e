"""What the user says of the columns, and the prepared frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from citysample.reference_frames.prepare.book import workbook
from citysample.reference_frames.prepare.catalogue import ACTIONS, SEVERITIES, Finding
from citysample.reference_frames.prepare.sources import ABOUT, LAST_NUMBER, Source
from citysample.reference_frames.readers.cells import Value
from citysample.reference_frames.readers.spreadsheet import PREPARED

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CITY_ID", "NO_ROLES", "Prepared", "RoleColumns", "Roles"]

CITY_ID = "city_id"
FINDING_COLUMNS = ("code", "severity", "row", "cell", "city", "column", "found", "done", "now", "remedy")


@dataclass(frozen=True, slots=True)
class Roles:
    """What the user says of the columns.

    Parameters
    ----------
    name, region, size : str or None
        Columns with the names, the regions, and the size such as the population.
    id : str or None
        Column with permanent ids; a column ``city_id`` is one without being named.
    numbers, codes : tuple of str
        Other columns that hold numbers, or codes that stay text.
    fill_down : tuple of str
        Columns in which a label holds for the blank cells below it.
    decimal : str or None
        Decimal sign of the numbers that are stored as text, ``.`` or ``,``.
    """

    name: str | None = None
    region: str | None = None
    size: str | None = None
    id: str | None = None
    numbers: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    fill_down: tuple[str, ...] = ()
    decimal: str | None = None

    def named(self) -> list[str]:
        """All columns that are named."""
        single = [column for column in (self.id, self.name, self.region, self.size) if column]
        return [*single, *self.numbers, *self.codes, *self.fill_down]

    def renamed(self, columns: Mapping[str, str]) -> Roles:
        """The same roles with the names that the columns have in the table."""

        def one(name: str | None) -> str | None:
            return columns[name] if name else name

        def several(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(columns[name] for name in names)

        return Roles(
            one(self.name),
            one(self.region),
            one(self.size),
            one(self.id),
            several(self.numbers),
            several(self.codes),
            several(self.fill_down),
            self.decimal,
        )


NO_ROLES = Roles()


class RoleColumns(TypedDict):
    """The fields of :class:`Roles`, as a command hands them over."""

    name: str | None
    region: str | None
    size: str | None
    id: str | None
    numbers: tuple[str, ...]
    codes: tuple[str, ...]
    fill_down: tuple[str, ...]
    decimal: str | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared frame.

    Parameters
    ----------
    ids : tuple of str
        City ids, in the order of the file.
    names : tuple of str
        The other columns.
    rows : tuple of tuple
        Their values, one tuple for each city.
    findings : tuple of Finding
        What was found, in the order of the sheet.
    new : int
        Number of cities with a new id.
    prefix : str
        Prefix of new ids.
    last_numbers : dict
        Last number that was ever used with each prefix.
    roles : Roles
        What the user says of the columns.
    header : int
        Row of the header as in Excel.
    rows_read : int
        Rows of the sheet below the header.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    findings: tuple[Finding, ...]
    new: int
    prefix: str
    last_numbers: dict[str, int]
    roles: Roles
    header: int
    rows_read: int

    @property
    def by_severity(self) -> dict[str, int]:
        """Number of findings of each severity, worst first."""
        found = Counter(finding.severity for finding in self.findings)
        return {severity: found[severity] for severity in SEVERITIES}

    @property
    def by_action(self) -> dict[str, int]:
        """Number of findings by what was done."""
        found = Counter(finding.done for finding in self.findings)
        return {action: found[action] for action in ACTIONS}

    def to_frame(self) -> pd.DataFrame:
        """The table as a data frame, indexed by ``city_id``."""
        import pandas as pd

        index = pd.Index(list(self.ids), name=CITY_ID, dtype=object)
        columns = {name: [row[k] for row in self.rows] for k, name in enumerate(self.names)}
        return pd.DataFrame(columns, index=index)

    def to_bytes(self, source: Source | None = None) -> bytes:
        """The workbook with the cities, the findings and what the ids need next time.

        The same input gives the same bytes.
        """
        cities = [(id_, *row) for id_, row in zip(self.ids, self.rows, strict=True)]
        findings = [
            (f.code, f.severity, f.row, f.cell, f.city, f.column, f.found, f.done, f.now, f.remedy)
            for f in self.findings
        ]
        grids = (
            ((CITY_ID, *self.names), cities),
            (FINDING_COLUMNS, findings),
            ((ABOUT, "value"), self._about(source)),
        )
        return workbook(dict(zip(PREPARED, grids, strict=True)))

    def _about(self, source: Source | None) -> list[tuple[str, object]]:
        origin = (
            []
            if source is None
            else [("source", source.name), ("source SHA-256", source.sha256), ("sheet", source.sheet.name)]
        )
        columns = (("name", self.roles.name), ("region", self.roles.region), ("size", self.roles.size))
        return [
            ("prefix", self.prefix),
            *((f"{LAST_NUMBER}{prefix}", number) for prefix, number in sorted(self.last_numbers.items())),
            *origin,
            ("header row", self.header),
            *((f"column of {role}", column) for role, column in columns if column),
            *(("detected", note) for note in (source.notes if source else ())),
        ]
