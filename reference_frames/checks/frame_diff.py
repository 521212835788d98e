"""The result of a comparison of two frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citysample.reference_frames.checks.findings import SHOWN, with_names, wrapped
from citysample.reference_frames.checks.hits import grouped

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CHANGES", "PROPOSALS", "Change", "FrameDiff", "Population", "Proposal"]

CHANGES: dict[str, str] = {
    "birth": "A city of the new frame has no city of the old frame.",
    "death": "A city of the old frame has no city of the new frame.",
    "new id": "A city has another id; a link says so.",
    "merge": "Several old cities are one new city.",
    "split": "One old city is several new cities.",
    "regrouped": "Several old cities are several new cities.",
    "moved": "The point of a city is in another place.",
    "renamed": "A city has another name, apart from case, accents and punctuation.",
    "region": "A city is in another region, apart from case, accents and blanks.",
    "population": "The size changed much.",
}
"""The kinds of change, in the order in which they are listed."""

PROPOSALS: dict[str, str] = {
    "same city": "A city that vanished and a new one have like names or the same place.",
    "merged into": "A city that vanished lies inside the footprint of a city of the new frame, or its name "
    "is a part of a new name.",
}
"""The kinds of proposals."""

HOW_TO_LINK = (
    "In a table of links a merge has one row for each old id, all with the same new id; a split has one row "
    "for each new id. Rows may be added to a table of proposals; write yes or no into its column 'confirmed'."
)


@dataclass(frozen=True, slots=True)
class Change:
    """One change from the old frame to the new one.

    Parameters
    ----------
    kind : str
        A key of ``CHANGES``.
    old_ids, new_ids : tuple of str
        The cities concerned.
    old_names, new_names : tuple of str
        Their names, or an empty text for each city without a name; () if there is no column with names.
    old, new : str or float
        What was, and what is: regions, points (longitude, latitude) or sizes. Empty if ids and names say all.
    amount : float or None
        Distance in km (moved) or ratio new / old (merge, split, regrouped, population).
    """

    kind: str
    old_ids: tuple[str, ...]
    new_ids: tuple[str, ...]
    old_names: tuple[str, ...] = ()
    new_names: tuple[str, ...] = ()
    old: str | float = ""
    new: str | float = ""
    amount: float | None = None

    def __str__(self) -> str:
        was, now = with_names(self.old_ids, self.old_names), with_names(self.new_ids, self.new_names)
        same = self.old_ids == self.new_ids and self.kind != "renamed"
        cities = now if same else " -> ".join(side for side in (was, now) if side)
        unit = " km" if self.kind == "moved" else ""
        amount = "" if self.amount is None else f" ({grouped(self.amount, '.3g')}{unit})"
        if self.old == self.new == "":
            return f"{cities}{amount}"
        return f"{cities}: {_shown(self.old)} -> {_shown(self.new)}{amount}"


@dataclass(frozen=True, slots=True)
class Population:
    """Size of the same cities in both frames; ``ratio`` is new / old."""

    old_ids: tuple[str, ...]
    new_ids: tuple[str, ...]
    old_names: tuple[str, ...]
    new_names: tuple[str, ...]
    old: float
    new: float
    ratio: float
    large: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pair that may belong together. A person decides; nothing is joined by name.

    Parameters
    ----------
    kind : str
        A key of ``PROPOSALS``.
    likeness : float or None
        Likeness of the names, 0 to 1.
    distance_km : float or None
        Distance of the points.
    """

    kind: str
    old_id: str
    new_id: str
    old_name: str
    new_name: str
    same_region: bool | None
    likeness: float | None
    distance_km: float | None


@dataclass(frozen=True, slots=True)
class FrameDiff:
    """What changed from one frame to the next, by city id.

    Parameters
    ----------
    N_old, N_new, N_both : int
        Cities of the old frame, of the new one, and ids that are in both.
    changes : tuple of Change
        In the order of ``CHANGES``.
    populations : tuple of Population
        One for each city, merge or split that has a size in both frames.
    proposals : tuple of Proposal
        Pairs for a person to confirm, the likeliest first.
    compared, not_compared : tuple of str
        What was compared, and what was not and why.
    """

    N_old: int
    N_new: int
    N_both: int
    changes: tuple[Change, ...]
    populations: tuple[Population, ...]
    proposals: tuple[Proposal, ...]
    compared: tuple[str, ...]
    not_compared: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Number of changes of each kind."""
        found = Counter(change.kind for change in self.changes)
        return {kind: found[kind] for kind in CHANGES}

    def to_frame(self) -> pd.DataFrame:
        """One row for each change; several ids or names are joined by "; ". Sizes are numbers."""
        import pandas as pd

        columns = ["change", *CITIES, "old", "new", "amount"]
        rows = [(c.kind, *_cities(c), c.old, c.new, c.amount) for c in self.changes]
        table = pd.DataFrame(rows, columns=columns, index=_counted(len(rows), "row"))
        return table.astype({"amount": "float64"})

    def populations_frame(self) -> pd.DataFrame:
        """One row for each city, merge or split with a size in both frames."""
        import pandas as pd

        columns = [*CITIES, "old", "new", "ratio", "large"]
        rows = [(*_cities(p), p.old, p.new, p.ratio, p.large) for p in self.populations]
        return pd.DataFrame(rows, columns=columns, index=_counted(len(rows), "row"))

    def proposals_frame(self) -> pd.DataFrame:
        """One row for each proposal; with ``confirmed`` filled in (yes, no) it can be given as ``links``."""
        import pandas as pd

        words = {True: "yes", False: "no", None: ""}
        rows = [
            {
                "proposal": p.kind,
                "old_id": p.old_id,
                "new_id": p.new_id,
                "confirmed": "",
                "old_name": p.old_name,
                "new_name": p.new_name,
                "same_region": words[p.same_region],
                "likeness": p.likeness,
                "distance_km": p.distance_km,
            }
            for p in self.proposals
        ]
        columns = ["proposal", "old_id", "new_id", "confirmed", "old_name", "new_name", "same_region"]
        table = pd.DataFrame(
            rows, columns=[*columns, "likeness", "distance_km"], index=_counted(len(rows), "row")
        )
        return table.astype({"likeness": "float64", "distance_km": "float64"})

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield (
            f"Old frame: {grouped(self.N_old)} cities. New frame: {grouped(self.N_new)} cities. "
            f"Ids in both: {grouped(self.N_both)}."
        )
        if not self.N_both:
            yield "No id is in both frames. Do both use the same permanent ids?"
        if self.populations:
            old, new = (sum(getattr(p, side) for p in self.populations) for side in ("old", "new"))
            yield f"Size of the cities in both: {grouped(old)} -> {grouped(new)} (ratio {new / old:.3f})."
        for kind, count in self.counts.items():
            if count:
                yield f"\n{kind}: {grouped(count)}. {CHANGES[kind]}"
                found = [change for change in self.changes if change.kind == kind]
                yield from (f"  {change}" for change in found[:SHOWN])
                if count > SHOWN:
                    yield f"  ... and {grouped(count - SHOWN)} more"
        if not self.changes:
            yield "\nNo changes."
        if self.proposals:
            proposed = grouped(len(self.proposals))
            yield f"\nProposals: {proposed}, for a person to confirm. Nothing is joined by name."
            for p in self.proposals[:SHOWN]:
                yield f"  {p.kind}? '{p.old_id}' {p.old_name} -> '{p.new_id}' {p.new_name}".rstrip()
            if len(self.proposals) > SHOWN:
                yield f"  ... and {grouped(len(self.proposals) - SHOWN)} more"
        if self.counts["death"]:
            yield "\n" + wrapped(HOW_TO_LINK)
        yield "\n" + wrapped(f"Compared: {'; '.join(self.compared)}.")
        yield "Not compared:" if self.not_compared else "Not compared: nothing was left out."
        yield from (f"  {line}" for line in self.not_compared)


CITIES = ("old_id", "new_id", "old_name", "new_name")


def _cities(one: Change | Population) -> tuple[str, ...]:
    """The cells of the columns ``CITIES``."""
    return tuple("; ".join(x) for x in (one.old_ids, one.new_ids, one.old_names, one.new_names))


def _shown(value: str | float) -> str:
    return value if isinstance(value, str) else grouped(value)


def _counted(rows: int, name: str) -> pd.RangeIndex:
    import pandas as pd

    return pd.RangeIndex(1, rows + 1, name=name)
