"""The city frame: one row for each city of the country, checked on entry."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from citysample.errors import FrameError, quoted
from citysample.reference_frames.classes import (
    class_codes,
    class_labels,
    growth_of_columns,
    quantile_bounds,
)
from citysample.reference_frames.columns import (
    CITIES,
    FloatArray,
    first_cities,
    id_order,
    numbers,
    plain_text,
    require_columns,
    text_ids,
    with_text_names,
)
from citysample.reference_frames.readers.dataframes import pandas_table
from citysample.reference_frames.readers.read_table import read_table
from citysample.reference_frames.write import write_table

if TYPE_CHECKING:
    import pandas as pd

    from citysample.reference_frames.checks.check_table import CheckOptions
    from citysample.reference_frames.checks.diff_frames import DiffOptions
    from citysample.reference_frames.checks.findings import FrameCheck
    from citysample.reference_frames.checks.frame_diff import FrameDiff
    from citysample.reference_frames.readers.dataframes import AnyDataFrame

__all__ = ["CityFrame"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CityFrame:
    """The list of all cities of a country, from which the sample is drawn.

    Use :meth:`read` for a file and :meth:`from_table` for a data frame. Cities are sorted by the
    bytes of their id, so that no result depends on the order of rows.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each city, indexed by ``city_id`` (text). Do not change it; ``cities`` is a copy.
    size : str or None
        Column with the size measure x_k > 0, such as population.
    name : str or None
        Column with the names of the cities, for people.
    source : str
        Where the frame comes from.
    notes : tuple of str
        What was detected or done by rule while the file was read.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"code": ["b", "a"], "people": [5, 7]})
    >>> frame = CityFrame.from_table(table, id="code", size="people")
    >>> frame.cities["people"].to_dict()
    {'a': 7, 'b': 5}
    """

    table: pd.DataFrame
    size: str | None = None
    name: str | None = None
    source: str = "a data frame"
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"CityFrame({self.N} cities, size={self.size!r}, source={self.source!r})"

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        id: str = "city_id",
        size: str | None = None,
        name: str | None = None,
        sheet: str | None = None,
        delimiter: str | None = None,
        encoding: str | None = None,
        decimal: str | None = None,
        thousands: str | None = None,
        missing: Collection[str] = (),
    ) -> CityFrame:
        """Read a city frame from a file: CSV, Excel, Parquet, Stata, SPSS, GeoPackage and others.

        What is not given and not certain is detected, and stands in ``notes``.

        Parameters
        ----------
        path : str or Path
            The file, with one header row. The ending of its name says its kind.
        id : str
            Column with the permanent city id. It stays text: ``007`` stays ``007``.
        size, name : str, optional
            Columns with the size measure and the city names.
        sheet : str, optional
            Sheet of a workbook, or layer of a geographic file; needed if there are several.
        delimiter, encoding : str, optional
            How a text file is written.
        decimal, thousands : str, optional
            Signs in numbers that are texts, such as ``","`` and ``"."``.
        missing : collection of str
            Cell texts that mean "no value".

        Raises
        ------
        FileError
            The file cannot be read or is no table.
        FrameError
            Ids, sizes or columns are not valid.
        MissingExtraError
            A package must be installed for this kind of file.
        """
        reading = read_table(
            path,
            text=[column for column in (id, name) if column],
            sheet=sheet,
            delimiter=delimiter,
            encoding=encoding,
            decimal=decimal,
            thousands=thousands,
            missing=missing,
        )
        frame = cls.from_table(reading.table, id=id, size=size, name=name, source=str(path))
        return replace(frame, notes=reading.notes)

    @classmethod
    def from_table(
        cls,
        table: AnyDataFrame,
        *,
        id: str = "city_id",
        size: str | None = None,
        name: str | None = None,
        source: str = "a data frame",
    ) -> CityFrame:
        """Make a city frame from a data frame of pandas, polars, pyarrow and others.

        Parameters
        ----------
        table : data frame
            One row for each city. It is copied. Categories, their order and missing values stay.
        id, size, name : str
            Columns as in :meth:`read`.
        source : str
            Text that says where the table comes from.

        Raises
        ------
        FrameError
            It is no data frame, or a lazy one; a column is unknown or reserved; an id is missing or
            repeated; a size is not positive.
        """
        table = pandas_table(table)
        if id not in table.columns and table.index.name == id:
            table = table.reset_index()
        table = with_text_names(table, "FRAME")
        require_columns(table, [column for column in (id, size, name) if column], "FRAME", "id, size or name")
        taken = [column for column in (CITIES, "city_id") if column in table.columns and column != id]
        if taken:
            raise FrameError(
                "FRAME-COLUMN-RESERVED",
                f"No column of the city frame may be called '{taken[0]}'.",
                got=f"column '{taken[0]}'",
                expected="any other name: 'cities' stands for the count of cities, 'city_id' for the id",
                remedy="Rename the column.",
            )
        if id in (size, name):
            raise FrameError(
                "FRAME-ID-INVALID",
                f"Column '{id}' cannot be the city id and the size or name.",
                got=f"id = '{id}', size = {size!r}, name = {name!r}",
                expected="different columns",
                remedy="Name the column that holds the ids, and another one.",
            )
        if len(table) == 0:
            raise FrameError(
                "FRAME-EMPTY",
                "The city frame has no cities.",
                where=source,
                got="0 rows",
                expected="one row for each city",
                remedy="Check the file and its first line.",
            )
        ids = text_ids(table[id], "FRAME")
        order = id_order(ids)
        sorted_table = table.drop(columns=[id]).iloc[order].copy()
        sorted_table.index = _id_index(ids[row] for row in order)
        frame = cls(sorted_table, size, name, source)
        if size is not None:
            frame._check_size()
        return frame

    def _check_size(self) -> None:
        assert self.size is not None
        values = numbers(self.table, self.size, "FRAME", allow_missing=True)
        bad = ~(values > 0)
        if bad.any():
            raise FrameError(
                "FRAME-SIZE-INVALID",
                f"{int(bad.sum())} cities have no size, or a size that is zero or negative.",
                where=f"column '{self.size}', {first_cities(self.table.index[bad])}",
                got=quoted(values[bad].tolist()),
                expected="a number above 0 for each city",
                remedy="Correct the size. Remove a city that has no people from the frame.",
            )

    def write(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the frame to a file, so that ids, accents and missing values come back.

        Parameters
        ----------
        path : str or Path
            A name that ends in ``.csv`` (UTF-8 with a byte-order mark, for Excel), ``.xlsx`` (ids as
            text) or ``.parquet`` (keeps the order of categories).
        overwrite : bool
            True replaces a file that is there.

        Returns
        -------
        Path
            The file. Its column with the ids is called ``city_id``.

        Raises
        ------
        FileError
            The ending is another one, or the file cannot be written.
        """
        return write_table(self.table, path, overwrite=overwrite)

    @property
    def cities(self) -> pd.DataFrame:
        """A copy of the table, indexed by ``city_id``."""
        return self.table.copy()

    @property
    def N(self) -> int:
        """Number of cities N."""
        return len(self.table)

    def sizes(self) -> FloatArray | None:
        """Size measures x_k, shape (N,), or None if the frame has no size column."""
        return None if self.size is None else numbers(self.table, self.size, "FRAME")

    def with_classes(
        self,
        name: str,
        *,
        column: str,
        bounds: Sequence[float] | None = None,
        quantiles: int | None = None,
        labels: Sequence[str] | None = None,
    ) -> CityFrame:
        """A new frame with a class variable made from a number column.

        Parameters
        ----------
        name : str
            Name of the new column.
        column : str
            Column with numbers.
        bounds : sequence of float, optional
            Rising bounds. A value equal to a bound belongs to the higher class.
        quantiles : int, optional
            Instead of bounds: number of classes with about the same number of cities.
        labels : sequence of str, optional
            One label for each class.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"id": ["a", "b"], "people": [900, 5000]})
        >>> frame = CityFrame.from_table(table, id="id", size="people")
        >>> frame.with_classes("size_class", column="people", bounds=[2000]).cities["size_class"].tolist()
        ['under 2000', '2000 and over']
        """
        import pandas as pd

        require_columns(self.table, [column], "FRAME", f"classes '{name}'")
        if (bounds is None) == (quantiles is None):
            raise FrameError(
                "FRAME-CLASSES-INVALID",
                f"The classes '{name}' need either bounds or quantiles.",
                got="both" if bounds is not None else "neither",
                expected="bounds = [2000, 8000], or quantiles = 4",
                remedy="Give one of them.",
            )
        values = numbers(self.table, column, "FRAME")
        used = quantile_bounds(values, quantiles) if quantiles is not None else list(bounds or ())
        names = class_labels(used, labels)
        codes = class_codes(values, used)
        return self._with_column(name, pd.Categorical([names[code] for code in codes], names, ordered=True))

    def with_growth(self, name: str, *, start: str, end: str, years: float) -> CityFrame:
        """A new frame with the mean growth rate between two columns, in per cent a year.

        Use it with :meth:`with_classes` for growth classes.

        Parameters
        ----------
        name : str
            Name of the new column.
        start, end : str
            Columns with values above 0 at the two dates, such as two censuses.
        years : float
            Years between the dates, above 0.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"id": ["a", "b"], "p2015": [100, 300], "p2025": [200, 300]})
        >>> frame = CityFrame.from_table(table, id="id")
        >>> frame = frame.with_growth("g", start="p2015", end="p2025", years=10)
        >>> frame.with_classes("growth", column="g", bounds=[1]).cities["growth"].tolist()
        ['1 and over', 'under 1']
        """
        return self._with_column(name, growth_of_columns(self.table, start, end, years))

    def _with_column(self, name: str, values: pd.Categorical | FloatArray) -> CityFrame:
        if name in self.table.columns or name == CITIES:
            raise FrameError(
                "FRAME-CLASSES-INVALID",
                f"The class variable cannot be called '{name}'.",
                got="a name that is taken",
                expected="a name that is no column of the frame",
                remedy="Choose another name.",
            )
        return replace(self, table=self.table.assign(**{name: values}))

    def check(self, **options: Unpack[CheckOptions]) -> FrameCheck:
        """Check ids, names, sizes, places, nesting, strata, coverage and vintage; nothing is refused.

        Parameters
        ----------
        region, lon, lat, area, country, vintage : str, optional
            Columns; the usual names are taken where none is given. ``country`` may be one country, and
            ``vintage`` one year, of all cities.
        urban_population, period : number, optional
            National urban population, for the coverage; year of the study, for the vintage.
        strata : sequence of str
            Columns whose cross is the strata.
        box : tuple, optional
            Range of the country: west, south, east, north in degrees.
        """
        from citysample.reference_frames.checks.check_table import check_table

        given: CheckOptions = {"size": self.size, "name": self.name, **options}
        return check_table(self.table, **given)

    def diff(self, newer: CityFrame, **options: Unpack[DiffOptions]) -> FrameDiff:
        """Compare with a newer frame by city id: births, deaths, merges, splits, changes, proposals.

        Parameters
        ----------
        links : pandas.DataFrame, optional
            Columns ``old_id`` and ``new_id``; a merge has one row for each old id.
        size, name, region, lon, lat, area : str or pair of str, optional
            Columns of both frames, or of the old and of the new one.
        moved_km, large_ratio : float
            Distance and ratio of sizes from which a city is named.
        """
        from citysample.reference_frames.checks.diff_frames import diff_frames

        return diff_frames(self, newer, **options)

    def fingerprint(self) -> str:
        """SHA-256 of the content: the same for the same cities and values, however they were stored.

        Rows are sorted by id and columns by name. Numbers are written with the shortest text that
        reads back as the same number; a missing value is the empty text.
        """
        digest = hashlib.sha256()
        columns = sorted(str(column) for column in self.table.columns)
        digest.update(repr(["city_id", *columns]).encode())
        cells = [self.table.index.tolist(), *(self.table[column].tolist() for column in columns)]
        texts = [[v if type(v) is str else plain_text(v) or "" for v in values] for values in cells]
        for row in zip(*texts, strict=True):
            digest.update(repr(list(row)).encode())
        return digest.hexdigest()


def _id_index(ids: Iterable[str]) -> pd.Index[str]:
    import pandas as pd

    return pd.Index(list(ids), dtype="object", name="city_id")
