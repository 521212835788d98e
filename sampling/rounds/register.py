"""The city register: the permanent random number of each city, and the rounds it was in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DesignError, FileError, quoted
from citysample.reference_frames.columns import BoolArray, FloatArray, first_cities, plain_text
from citysample.sampling.randomness import permanent_random_numbers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CityRegister", "RegisteredCity", "read_register", "register_round"]

COLUMNS = ("city_id", "first_id", "seed", "random_number", "first_round", "last_round")
SAMPLED = "sampled "
"""A column ``sampled ROUND`` holds 1 for sampled cities, 0 for other cities of the frame of the round."""

TOLERANCE = 1e-12
"""A spreadsheet program keeps 15 digits of a number; the register gives the exact number back."""


@dataclass(frozen=True, slots=True)
class RegisteredCity:
    """One city of the register.

    Parameters
    ----------
    city_id : str
        The id in the last round with the city.
    first_id : str
        The id in the first round; the permanent random number belongs to it.
    rounds : dict of str to bool
        The rounds with the city in the frame; True where it was sampled.
    """

    city_id: str
    first_id: str
    rounds: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class CityRegister:
    """All cities that were ever in the frame, with their permanent random numbers.

    Parameters
    ----------
    seed : str
        The seed of the permanent random numbers: one for all rounds.
    rounds : tuple of str
        Names of the rounds, in order.
    cities : tuple of RegisteredCity
        The cities, in the order in which they came.
    """

    seed: str
    rounds: tuple[str, ...] = ()
    cities: tuple[RegisteredCity, ...] = ()

    def random_numbers(self, city_ids: Sequence[str], renamed: Mapping[str, str] | None = None) -> FloatArray:
        """Permanent random numbers of the cities of a frame, shape (N,).

        Parameters
        ----------
        city_ids : sequence of str
            Cities of the frame. A city that the register does not know gets the number of its own id.
        renamed : mapping of str to str, optional
            New id to old id, for cities that have another id since the last round.

        Raises
        ------
        DesignError
            ``DESIGN-REGISTER-INVALID``: the register does not know an old id, or an id belonged to
            another city before.
        """
        return permanent_random_numbers(self.seed, self.first_ids(city_ids, renamed or {}))

    def first_ids(self, city_ids: Sequence[str], renamed: Mapping[str, str]) -> list[str]:
        """The ids that the permanent random numbers of these cities belong to.

        Parameters and errors are those of :meth:`random_numbers`.
        """
        first_id = {city.city_id: city.first_id for city in self.cities}
        unknown = [old for old in renamed.values() if old not in first_id]
        if unknown:
            raise _contradiction(
                "The register does not know the old ids of renamed cities.",
                first_cities(unknown),
                "ids of earlier rounds",
            )
        given_up = (set(first_id.values()) - set(first_id)) | set(renamed.values())
        reused = [city for city in city_ids if city not in renamed and city in given_up]
        used = {*first_id, *first_id.values()}
        reused += [city for city, old in renamed.items() if city in used - {first_id[old]}]
        if reused:
            raise _contradiction(
                "Ids belonged to other cities in earlier rounds.",
                first_cities(sorted(reused)),
                "ids that belong to one city for ever",
            )
        return [first_id.get(renamed.get(city, city), city) for city in city_ids]

    def to_frame(self) -> pd.DataFrame:
        """The register as a table, one row for each city, indexed by ``city_id``."""
        import pandas as pd

        numbers = permanent_random_numbers(self.seed, [city.first_id for city in self.cities])
        columns: dict[str, list[object]] = {
            "first_id": [city.first_id for city in self.cities],
            "seed": [self.seed] * len(self.cities),
            "random_number": list(numbers.tolist()),
            "first_round": [next(iter(city.rounds)) for city in self.cities],
            "last_round": [list(city.rounds)[-1] for city in self.cities],
        }
        for name in self.rounds:
            cells = [city.rounds.get(name) for city in self.cities]
            columns[SAMPLED + name] = [None if cell is None else int(cell) for cell in cells]
        index = pd.Index([city.city_id for city in self.cities], name="city_id", dtype=object)
        return pd.DataFrame({name: pd.Series(cells, index, dtype=object) for name, cells in columns.items()})

    def write(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the register to a CSV file, for the next round.

        Raises
        ------
        FileError
            ``FILE-FORMAT`` for another ending, or ``FILE-...`` if the file cannot be written.
        """
        from citysample.reference_frames.write import write_table

        _check_ending(Path(path))
        return write_table(self.to_frame(), path, overwrite=overwrite)


def register_round(
    register: CityRegister,
    name: str,
    seed: str,
    city_ids: Sequence[str],
    sampled: BoolArray,
    renamed: Mapping[str, str] | None = None,
) -> CityRegister:
    """The register with one more round.

    Parameters
    ----------
    register : CityRegister
        The register so far; ``CityRegister(seed)`` before the first round.
    name : str
        Name of the round, such as ``"2026"``.
    seed : str
        Seed of the draw.
    city_ids : sequence of str, length N
        Cities of the frame of the round.
    sampled : array (N,) of bool
        True for the sampled cities.
    renamed : mapping of str to str, optional
        New id to old id, for cities that have another id since the last round.

    Returns
    -------
    CityRegister

    Raises
    ------
    DesignError
        ``DESIGN-REGISTER-INVALID``: the seed is another one, the round is there already, an id is
        repeated or belonged to another city, or the register does not know an old id.

    Examples
    --------
    >>> first = register_round(CityRegister("KEN"), "2026", "KEN", ["a", "b"], np.array([True, False]))
    >>> second = register_round(first, "2030", "KEN", ["A", "c"], np.array([True, False]), {"A": "a"})
    >>> second.to_frame()[["first_id", "last_round", "sampled 2026", "sampled 2030"]].values.tolist()
    [['a', '2030', 1, 1], ['b', '2026', 0, None], ['c', '2030', None, 0]]
    """
    renamed = dict(renamed or {})
    _check_seed(register.seed, seed)
    if not name or name != name.strip() or name in register.rounds:
        raise _contradiction("The name of the round is not valid.", repr(name), "a name that is not taken")
    if len(set(city_ids)) < len(city_ids) or len(set(renamed.values())) < len(renamed):
        raise _contradiction("A city stands twice in the round.", f"{len(city_ids)} ids", "each city once")
    firsts = register.first_ids(city_ids, renamed)
    now: dict[str, tuple[str, bool | None]] = {
        first: (city, bool(taken))
        for first, city, taken in zip(firsts, city_ids, sampled.tolist(), strict=True)
    }
    cities = []
    for known in register.cities:
        city, taken = now.pop(known.first_id, (known.city_id, None))
        rounds = known.rounds if taken is None else {**known.rounds, name: taken}
        cities.append(RegisteredCity(city, known.first_id, rounds))
    cities += [RegisteredCity(city, first, {name: bool(taken)}) for first, (city, taken) in now.items()]
    return CityRegister(register.seed, (*register.rounds, name), tuple(cities))


def read_register(path: str | Path, seed: str) -> CityRegister:
    """Read a register and check it: each number is computed again from the seed and the first id.

    A file that a spreadsheet program saved is read, too, if the ids came through; the exact numbers
    come from the seed.

    Parameters
    ----------
    path : str or Path
        A file of :meth:`CityRegister.write`, or the ``register.csv`` of a run.
    seed : str
        The seed that the next draw will use.

    Returns
    -------
    CityRegister

    Raises
    ------
    DesignError
        ``DESIGN-REGISTER-INVALID``: the register has another seed, or contradicts itself.
    FileError
        The file cannot be read, or is no register.
    """
    from citysample.reference_frames.readers.read_table import read_table

    _check_ending(Path(path))
    table = read_table(path, text=["city_id", "first_id", "seed", "first_round", "last_round"]).table
    absent = [name for name in COLUMNS if name not in table.columns]
    if absent:
        raise FileError(
            "FILE-FORMAT",
            "The file is no city register.",
            where=str(path),
            got=f"no columns {quoted(absent)}",
            expected=f"columns {quoted(COLUMNS)}",
            remedy="Name a file that a draw wrote as its register.",
        )
    for other in table["seed"].tolist():
        _check_seed(str(other), seed.strip())
    register = _register(table, seed)
    _check_table(table, register)
    return register


def _register(table: pd.DataFrame, seed: str) -> CityRegister:
    names = tuple(str(name)[len(SAMPLED) :] for name in table.columns if str(name).startswith(SAMPLED))
    cells = [[plain_text(cell) for cell in table[SAMPLED + name].tolist()] for name in names]
    odd = sorted({str(cell) for column in cells for cell in column} - {"0", "1", "None"})
    if odd:
        raise _contradiction("Columns of rounds hold other values.", quoted(odd), "0, 1 or an empty cell")
    cities = []
    for row, (city, first) in enumerate(
        zip(table["city_id"].tolist(), table["first_id"].tolist(), strict=True)
    ):
        rounds = {
            name: column[row] == "1"
            for name, column in zip(names, cells, strict=True)
            if column[row] is not None
        }
        cities.append(RegisteredCity(str(city), str(first), rounds))
    return CityRegister(seed, names, tuple(cities))


def _check_table(table: pd.DataFrame, register: CityRegister) -> None:
    """Numbers and rounds of the file must be those that follow from the rest of it."""
    ids = [city.city_id for city in register.cities]
    if len(set(ids)) < len(ids) or len({city.first_id for city in register.cities}) < len(ids):
        raise _contradiction("A city stands in two rows of the register.", f"{len(ids)} rows", "one row each")
    empty = [city.city_id for city in register.cities if not city.rounds]
    if empty:
        raise _contradiction("Cities are in no round.", first_cities(empty), "one round at least")
    expected = register.to_frame()
    for column in ("first_round", "last_round"):
        wrong = [
            city
            for city, found, right in zip(ids, table[column].tolist(), expected[column].tolist(), strict=True)
            if plain_text(found) != right
        ]
        if wrong:
            raise _contradiction(
                f"The column '{column}' is not that of the rounds.", first_cities(wrong), "the same rounds"
            )
    numbers = np.array([_number(cell) for cell in table["random_number"].tolist()])
    exact = np.array(expected["random_number"].tolist(), dtype=np.float64)
    wrong = [city for city, near in zip(ids, np.abs(numbers - exact) <= TOLERANCE, strict=True) if not near]
    if wrong:
        raise _contradiction(
            "Permanent random numbers are not those of the seed and the first id.",
            first_cities(wrong),
            "numbers and ids as they were written; a spreadsheet program turns 007 into 7",
        )


def _number(cell: object) -> float:
    return float(cell) if isinstance(cell, (int, float)) else float("nan")


def _check_seed(registered: str, seed: str) -> None:
    if registered != seed:
        raise DesignError(
            "DESIGN-REGISTER-INVALID",
            "The city register has another seed.",
            got=f"seed {registered!r} in the register, {seed!r} for the draw",
            expected="one seed for all rounds",
            remedy="Draw with the seed of the register. To change the numbers in public, shift them.",
        )


def _check_ending(path: Path) -> None:
    if path.suffix.lower() != ".csv":
        raise FileError(
            "FILE-FORMAT",
            "A city register is a CSV file.",
            where=str(path),
            got=f"the ending '{path.suffix}'" if path.suffix else "a name without an ending",
            expected="a name that ends in .csv",
            remedy="Correct the name. A workbook does not keep all digits of the random numbers.",
        )


def _contradiction(what: str, got: str, expected: str) -> DesignError:
    return DesignError(
        "DESIGN-REGISTER-INVALID",
        what,
        where="city register",
        got=got,
        expected=expected,
        remedy="Correct the ids or the register.",
    )
