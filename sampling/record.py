"""The record of the draw: all that the variance needs to know of how the sample came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.sampling.stages.draw_stage import StageRecord, ancestors, overall_probabilities

__all__ = ["SINGLE_PSU_RULES", "Decision", "DrawRecord", "FramePopulation", "RowLinks"]

SINGLE_PSU_RULES = ("fail", "collapse", "adjust", "average", "certainty")
"""What to do with a stratum that has one sampled unit; ``fail`` refuses."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision that a rule took, for the report and the audit.

    Parameters
    ----------
    rule : str
        Name of the rule.
    where : str
        Stratum, city or estimate that it concerns.
    what : str
        What was decided.
    """

    rule: str
    where: str
    what: str


@dataclass(frozen=True, slots=True, eq=False)
class RowLinks:
    """Rows that belong to several PSUs in parts: cities that were merged since the draw.

    Parameters
    ----------
    row, psu : array (q,) of int
        Row and PSU of each link.
    share : array (q,)
        Part theta of the row that goes to the PSU; 1/L for a city merged from L cities of the frame.
    """

    row: IntArray
    psu: IntArray
    share: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class FramePopulation:
    """The N cities of the frame that the sample was drawn from, for degrees of freedom from a proxy.

    Parameters
    ----------
    stratum : array (N,) of int
        Stratum of each city, as in the record of the draw; -1 for a city that could not be drawn.
    pi : array (N,)
        Inclusion probabilities; 0 for a city that could not be drawn.
    size : array (N,) or None
        Size measure of the design.
    """

    stratum: IntArray
    pi: FloatArray
    size: FloatArray | None


@dataclass(frozen=True, slots=True, eq=False)
class DrawRecord:
    """How the sample was drawn, as arrays. m is the number of primary sampling units (PSUs).

    Parameters
    ----------
    method : str
        Sampling method, a key of ``VARIANCE_FORMS``.
    strata : tuple of str, length H
        Labels of the groups that were drawn together: the strata, or the whole frame.
    psu : array (n,) of int
        PSU of each row, 0 to m - 1. In a city sample each city is its own PSU.
    stratum : array (m,) of int
        Stratum of each PSU, 0 to H - 1.
    pi : array (m,)
        Inclusion probability of each PSU, in (0, 1]. NaN if drawn with replacement.
    certainty : array (m,) of bool
        True for PSUs that were in the sample whatever the chance.
    single_psu : str
        Rule for strata with one PSU that is not certain, one of ``SINGLE_PSU_RULES``.
    joint : mapping of int to array
        For a stratum, the exact pi_kl of its random PSUs, in the order of :meth:`random_psus`.
    balance : array (m, p), optional
        Balancing variables of the PSUs, if the draw was balanced.
    coordinates : array (m, q), optional
        Where the PSUs lie, if the draw was spread.
    position : array (m,) of int, optional
        Place of the PSU in the order of the draw, if the cities had an order.
    stratum_methods : tuple of str, length H
        Sampling method of each stratum, where they differ; empty if all are ``method``.
    links : RowLinks, optional
        Where rows belong to several PSUs.
    stages : tuple of StageRecord
        How the rows were drawn inside the cities: stage 2, stage 3 and so on. The rows are the units of
        the last one. Empty if the rows are cities.
    imbalance : mapping of int to array (p,)
        For a stratum of a balanced draw, what the draw missed in each balancing variable: the estimated total
        of the random PSUs less their true total.
    scores : array (H,), optional
        By what strata are similar, for the rule ``"collapse"``; fixed before the data. NaN for a stratum that
        no other is merged with.
    population : FramePopulation, optional
        The cities of the frame that the sample was drawn from; None for later rounds and other programs.
    response : array (n,), optional
        Where units answered by chance: the probability in (0, 1] that the row answers if it is drawn. The
        weights hold it already. The rows are those that answered; PSUs without an answer stay in
        ``stratum``, ``pi`` and ``certainty``.
    form : str
        Variance form of the draw, if it is not the first of its method for which the record holds what it
        needs.
    """

    method: str
    strata: tuple[str, ...]
    psu: IntArray
    stratum: IntArray
    pi: FloatArray
    certainty: BoolArray
    single_psu: str
    joint: Mapping[int, FloatArray] = field(default_factory=dict)
    balance: FloatArray | None = None
    coordinates: FloatArray | None = None
    position: IntArray | None = None
    stratum_methods: tuple[str, ...] = ()
    links: RowLinks | None = None
    stages: tuple[StageRecord, ...] = ()
    imbalance: Mapping[int, FloatArray] = field(default_factory=dict)
    scores: FloatArray | None = None
    population: FramePopulation | None = None
    response: FloatArray | None = None
    form: str = ""

    @property
    def held(self) -> frozenset[str]:
        """What the record holds for the variance forms beside pi, names of ``FORM_NEEDS``."""
        found = {
            "joint": len(self.joint) > 0,
            "balance": self.balance is not None,
            "imbalance": self.balance is not None,
            "coordinates": self.coordinates is not None,
            "position": self.position is not None,
        }
        return frozenset(name for name, there in found.items() if there)

    def random_psus(self) -> list[tuple[int, IntArray]]:
        """For each stratum with PSUs that are not certain: its code and these PSUs."""
        random = np.flatnonzero(~self.certainty)
        random = random[np.argsort(self.stratum[random], kind="stable")]
        codes, first = np.unique(self.stratum[random], return_index=True)
        return list(zip(codes.tolist(), np.split(random, first[1:]), strict=False))

    def method_of(self, h: int) -> str:
        """Sampling method of a stratum."""
        return self.stratum_methods[h] if self.stratum_methods else self.method

    def psus_with(self, rows: BoolArray) -> BoolArray:
        """True for each PSU that holds one of these rows, shape (m,)."""
        row, psu = (
            (np.arange(self.psu.size), self.psu) if self.links is None else (self.links.row, self.links.psu)
        )
        return np.bincount(psu, weights=rows[row], minlength=self.pi.size) > 0

    def city_rows(self) -> IntArray:
        """City of each row, shape (n,): its number among the parents of stage 2; else each row is one."""
        if not self.stages:
            return np.arange(self.psu.size, dtype=np.int64)
        return self.stages[0].parent_rows[ancestors(self.stages)[0]]

    def conditional_pi(self) -> FloatArray:
        """Inclusion probability of each row given that its city is in the sample, shape (n,)."""
        return overall_probabilities(self.stages) if self.stages else np.ones(self.psu.size)

    def certain_rows(self) -> BoolArray:
        """True for each row that is certain, with all PSUs that it belongs to, shape (n,)."""
        inside = self.conditional_pi() == 1.0
        if self.links is None:
            return np.asarray(self.certainty[self.psu] & inside)
        chance = np.bincount(self.links.row, weights=~self.certainty[self.links.psu], minlength=self.psu.size)
        return np.asarray((chance == 0) & self._whole_rows() & inside)

    def row_pi(self) -> FloatArray:
        """Inclusion probability of each row, shape (n,); NaN for a row merged from several cities."""
        pi = self.pi[self.psu] * self.conditional_pi()
        if self.links is None:
            return pi
        several = np.bincount(self.links.row, minlength=self.psu.size) > 1
        return np.where(several | ~self._whole_rows(), np.nan, pi)

    def _whole_rows(self) -> BoolArray:
        """True for each row all of whose parts were sampled, shape (n,)."""
        assert self.links is not None
        parts = np.bincount(self.links.row, weights=self.links.share, minlength=self.psu.size)
        return np.asarray(parts > 1.0 - 1e-9)

    def weights(self) -> FloatArray:
        """Design weight of each row, shape (n,): 1/pi_k; shared weights sum theta/pi over the links."""
        if self.links is None:
            return 1.0 / self.row_pi()
        parts = self.links.share / self.pi[self.links.psu]
        shared = np.bincount(self.links.row, weights=parts, minlength=self.psu.size)
        return np.asarray(shared / self.conditional_pi(), dtype=np.float64)
