"""Errors of citysample: one base class, seven kinds, one catalogue of stable codes.

A kind tells what the caller can mend: the city frame, the design, the data, the estimate asked
for, the study file, a file on disk, or the installation. Each error names what is wrong, where,
what was found, what was expected and the remedy.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

CATALOGUE: dict[str, str] = {
    "FRAME-COLUMN-UNKNOWN": "A column that was named is not in the city frame.",
    "FRAME-COLUMN-RESERVED": "A column has a name that citysample keeps for itself.",
    "FRAME-COUNTRY-UNKNOWN": "The world frame has no country of this code or name.",
    "FRAME-EMPTY": "The city frame has no cities.",
    "FRAME-ID-DUPLICATE": "Two or more cities have the same city id.",
    "FRAME-ID-INVALID": "A city id is missing, is not text, or has blanks around it.",
    "FRAME-SIZE-INVALID": "A city has no size, or a size that is zero or negative.",
    "FRAME-VALUE-MISSING": "A city has no value in a column that the design needs.",
    "FRAME-VALUE-INVALID": "A value of the city frame is out of the range that its role allows.",
    "FRAME-NUMBER-TEXT": "A column that must hold numbers holds text.",
    "FRAME-CLASSES-INVALID": "The bounds or labels of a class variable do not fit.",
    "FRAME-LINK-INVALID": "A link between two frames names an unknown city, or says neither yes nor no.",
    "FRAME-STAGE-INVALID": "The units of a later stage do not fit the cities that hold them.",
    "FRAME-TABLE-INVALID": "The cities do not come in a data frame, or in one that is not computed yet.",
    "FRAME-GRID-INVALID": "A grid has a form, values or cells that the Degree of Urbanisation cannot use.",
    "FRAME-GRID-MISMATCH": "Grids that belong together differ in shape, position or reference system.",
    "FRAME-RULES-INVALID": "Rules of the Degree of Urbanisation are unknown, or a threshold is out of range.",
    "DESIGN-VALUE-INVALID": "A value of the sample design is of the wrong type or out of range.",
    "DESIGN-METHOD-UNKNOWN": "The sampling method has no such name.",
    "DESIGN-SIZE-MISSING": "The method needs a size measure and the frame has none.",
    "DESIGN-SIZE-FORMULA": "The size measure is no column and no formula that can be used.",
    "DESIGN-OPTION-UNUSED": "An option of the design does not go with its method.",
    "DESIGN-SPREAD-MISSING": "The design needs coordinates and the frame has none.",
    "DESIGN-BALANCE-INVALID": "The balancing columns do not suit the sample size.",
    "DESIGN-STRATUM-UNKNOWN": "A stratum that the design names is not among the strata of the frame.",
    "DESIGN-STRATUM-TOO-SMALL": "A stratum is asked for more cities than it has (n_h > N_h).",
    "DESIGN-N-IMPOSSIBLE": "The sample size n cannot be reached with the design's bounds.",
    "DESIGN-BUDGET-TOO-SMALL": "The budget does not pay for the smallest sample that the design allows.",
    "DESIGN-TARGET-IMPOSSIBLE": "No sample that the design allows reaches a precision target.",
    "DESIGN-SINGLE-PSU": "A stratum would have one sampled city, so its variance is unknown.",
    "DESIGN-CERTAINTY-UNKNOWN": "A take-all city that was named is not in the frame.",
    "DESIGN-LABELS-AMBIGUOUS": "Two different strata would get the same label.",
    "DESIGN-COLLAPSE-IMPOSSIBLE": "Small strata are left, and nothing that they may be merged with.",
    "DESIGN-COORDINATION-INVALID": "The rounds cannot be coordinated or rotated in this way.",
    "DESIGN-REGISTER-INVALID": "The city register has another seed, or contradicts itself.",
    "DESIGN-ODDS-NOT-FOUND": "No odds give the inclusion probabilities asked for.",
    "DESIGN-JOINT-TOO-LARGE": "Exact joint inclusion probabilities of so many cities would take too long.",
    "DESIGN-APPROXIMATION-INVALID": "An approximation gives joint probabilities that no design has.",
    "DATA-COLUMN-UNKNOWN": "A column that was named is not in the data.",
    "DATA-COLUMN-CLASH": "A column is in the city frame and in the data, with different values.",
    "DATA-COLUMN-RESERVED": "A data column has a name that citysample keeps for itself.",
    "DATA-EMPTY": "The table of sampled units has no rows.",
    "DATA-ID-DUPLICATE": "Two or more rows of the data have the same city id.",
    "DATA-ID-INVALID": "A city id in the data is missing or is not text.",
    "DATA-ID-NOT-SAMPLED": "The data hold cities that are not in the sample.",
    "DATA-NUMBER-TEXT": "A column that must hold numbers holds text.",
    "DATA-VALUE-MISSING": "Sampled cities have no value and no weighting step handles them.",
    "DATA-VALUE-INVALID": "A value is out of the range that its role allows.",
    "DATA-ERRORS-INVALID": "Standard errors or covariances inside the cities are not sound.",
    "DATA-WEIGHT-INVALID": "A weight, inclusion probability or fpc is missing or out of range.",
    "DATA-FPC-MISSING": "The design is without replacement and the population counts are missing.",
    "DATA-FPC-VARIES": "A value of the design is not constant in a stratum or sampling unit.",
    "DATA-PSU-NOT-NESTED": "A primary sampling unit lies in more than one stratum.",
    "DATA-JOINT-INVALID": "Joint inclusion probabilities cannot be those of the sample.",
    "DATA-REPLICATES-INVALID": "Replicate weights, or their scale, are missing or out of range.",
    "DATA-SUBSTITUTE-INVALID": "Substitutes were approached out of rank order, or there are not so many.",
    "ESTIMATE-SINGLE-PSU": "A stratum has one sampled unit and no rule says what to do with it.",
    "ESTIMATE-CHOICE-UNKNOWN": "An option has no such value.",
    "ESTIMATE-VARIANCE-INVALID": "The variance form does not fit the method of the draw.",
    "ESTIMATE-REPLICATES-INVALID": "Replicates do not fit the draw, or their options are out of range.",
    "ESTIMATE-ERRORS-INVALID": "The errors inside the cities cannot be carried into an estimate.",
    "ESTIMATE-PROXY-MISSING": "No variable of the frame foretells the variance of the strata.",
    "ESTIMATE-SHARE-INVALID": "A figure with the unit 'share' is not between 0 and 1, or is called per cent.",
    "ESTIMATE-LEVEL-UNKNOWN": "The level of a proportion occurs nowhere in its column.",
    "ESTIMATE-DOMAIN-MISSING": "A domain column has cities without a value.",
    "ESTIMATE-INTERVAL-INVALID": "The interval does not go with the kind of figure.",
    "ESTIMATE-COUNTS-INVALID": "The numbers of cities of an exact interval contradict each other.",
    "ESTIMATE-EXACT-TOO-LARGE": "An exact interval over so many strata would take too long.",
    "ESTIMATE-EXPORT-IMPOSSIBLE": "The other program can express the design, or the figures, in no way.",
    "EXPRESSION-INVALID": "The text of an expression cannot be read.",
    "STUDY-SYNTAX": "The study file is not valid TOML.",
    "STUDY-BACKSLASH": "A path in the study file lost its backslashes.",
    "STUDY-KEY-UNKNOWN": "The study file has a key that citysample does not know.",
    "STUDY-VALUE-INVALID": "A value of the study file is of the wrong type or out of range.",
    "STUDY-PART-MISSING": "The command needs a part that the study file does not have.",
    "STUDY-DRAW-CHANGED": "The frame, the seed or the design changed after the draw.",
    "STUDY-DRAW-SAME": "A new draw was asked for, and frame, seed and design are those of the old one.",
    "STUDY-NO-DRAW": "The command needs a draw and the run directory holds none.",
    "STUDY-PREVIOUS-INVALID": "The run of the round before is not there, or disagrees with its record.",
    "STUDY-RECORD-INVALID": "The record of the run cannot be read.",
    "STUDY-DRAW-EDITED": "The sample in the run directory is not the one that was drawn.",
    "FILE-NOT-FOUND": "There is no file at the path.",
    "FILE-UNREADABLE": "The file cannot be read.",
    "FILE-UNWRITABLE": "The file cannot be written.",
    "FILE-IN-USE": "The file is open in another program.",
    "FILE-EXISTS": "A file is there already and would be overwritten.",
    "FILE-ENCODING": "The file is not in the text encoding that was named.",
    "FILE-FORMAT": "The file is damaged, or is not of the kind that is expected.",
    "FILE-ENCRYPTED": "The file is protected by a password.",
    "FILE-OPTION": "An option does not fit the kind of file.",
    "TABLE-EMPTY": "The table or the workbook has no rows.",
    "TABLE-SHEET-UNKNOWN": "The workbook has no such sheet, or several and none was named.",
    "TABLE-TOO-LARGE": "The sheet spans more cells than can be read.",
    "TABLE-FORMULA": "A formula of the workbook has no stored result.",
    "TABLE-MERGED": "Cells of the sheet are merged.",
    "TABLE-CELL-INVALID": "A cell that must be text holds a date, a fraction or a number that is not exact.",
    "TABLE-HEADER-INVALID": "The header of the table has an empty or repeated column name.",
    "TABLE-ROW-RAGGED": "A row of the table has more or fewer cells than the header.",
    "TABLE-DELIMITER": "The delimiter is not valid, or the table seems to use another one.",
    "EXTRA-MISSING": "A part of citysample needs a package that is not installed.",
}


class CitySampleError(ValueError):
    """Base of all errors of citysample. It is a ``ValueError``.

    Parameters
    ----------
    code : str
        Stable code, a key of ``CATALOGUE``.
    what : str
        One sentence that says what is wrong.
    where : str, optional
        Stratum, column, file, line, or the first five cities.
    got, expected : str, optional
        What was found, and what would have been right.
    remedy : str
        What to do about it.
    """

    def __init__(
        self,
        code: str,
        what: str,
        *,
        remedy: str,
        where: str | None = None,
        got: str | None = None,
        expected: str | None = None,
    ) -> None:
        if code not in CATALOGUE:
            raise KeyError(f"error code {code} is not in the catalogue")
        self.code = code
        self.what = what
        self.where = where
        self.got = got
        self.expected = expected
        self.remedy = remedy
        parts = (("where", where), ("got", got), ("expected", expected), ("remedy", remedy))
        lines = [f"  {name + ':':<10}{text}" for name, text in parts if text]
        super().__init__("\n".join([f"[{code}] {what}", *lines]))

    def within(self, place: str) -> CitySampleError:
        """The same error, with the place where it arose."""
        where = place if self.where is None else f"{place}: {self.where}"
        return type(self)(
            self.code, self.what, remedy=self.remedy, where=where, got=self.got, expected=self.expected
        )


@contextmanager
def located(place: str) -> Iterator[None]:
    """Errors that arise inside name this place, too."""
    try:
        yield
    except CitySampleError as error:
        raise error.within(place) from None


class FrameError(CitySampleError):
    """The city frame must be mended."""


class DesignError(CitySampleError):
    """The sample design must be changed."""


class DataError(CitySampleError):
    """The data of the sampled cities must be mended."""


class EstimateError(CitySampleError):
    """The estimate that was asked for must be changed."""


class StudyError(CitySampleError):
    """The study file or its run directory must be mended."""


class FileError(CitySampleError):
    """A file on disk cannot be used as asked."""


class MissingExtraError(CitySampleError):
    """A package must be installed."""


def quoted(values: Iterable[object], limit: int = 5) -> str:
    """The first ``limit`` values in quotes, and how many there are in all.

    >>> quoted(["a", "b", "c"], limit=2)
    "'a', 'b', ... (3 in all)"
    """
    items = [f"'{value}'" for value in values]
    if len(items) <= limit:
        return ", ".join(items)
    return ", ".join(items[:limit]) + f", ... ({len(items)} in all)"


def did_you_mean(name: object, options: Iterable[str]) -> str:
    """A remedy for an unknown name: the nearest known name, and all known names.

    >>> did_you_mean("popultion", ["area", "population"])
    "Did you mean 'population'? Known: 'area', 'population'."
    """
    name, known = str(name), [str(option) for option in options]
    lower = {option.lower(): option for option in reversed(known)}
    near = difflib.get_close_matches(name.lower(), list(lower), n=1, cutoff=0.6)
    start = f"Did you mean '{lower[near[0]]}'? " if near else ""
    return f"{start}Known: {quoted(known, limit=30)}."
