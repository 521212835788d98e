"""Weights of the cities of a new frame from a sample of the old one: the weight share method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citysample.errors import DesignError, FrameError
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray

__all__ = ["CityLinks", "SharedWeights", "weight_share"]


@dataclass(frozen=True, slots=True, eq=False)
class CityLinks:
    """Which cities of a new frame come from which cities of an old one.

    A city that stays has one link to itself, a merged city one to each of its parts, and each part of
    a split city one to the old city. An old city without a link is a death, a new one a birth.

    Parameters
    ----------
    old, new : array (M,) of int
        Rows of the old and of the new frame, one pair for each link.
    N_old, N_new : int
        Numbers of cities of the two frames.
    """

    old: IntArray
    new: IntArray
    N_old: int
    N_new: int

    def __post_init__(self) -> None:
        ends = ((self.old, self.N_old), (self.new, self.N_new))
        inside = all(((rows >= 0) & (rows < N)).all() for rows, N in ends)
        pairs = set(zip(self.old.tolist(), self.new.tolist(), strict=True))
        if not inside or len(pairs) < self.old.size:
            raise FrameError(
                "FRAME-LINK-INVALID",
                "The links between two frames name rows that are not there, or a pair twice.",
                where="links",
                got=f"{self.old.size} links, {len(pairs)} different pairs",
                expected=f"rows 0 to {self.N_old - 1} and 0 to {self.N_new - 1}, each pair once",
                remedy="Make the links with link_frames.",
            )

    @property
    def parents(self) -> IntArray:
        """L_k, the old cities of each new city, shape (N_new,); 0 for a birth."""
        return np.bincount(self.new, minlength=self.N_new).astype(np.int64)

    @property
    def births(self) -> BoolArray:
        """True for new cities without a link, shape (N_new,)."""
        return np.asarray(self.parents == 0)

    @property
    def deaths(self) -> BoolArray:
        """True for old cities without a link, shape (N_old,)."""
        return np.asarray(np.bincount(self.old, minlength=self.N_old) == 0)


@dataclass(frozen=True, slots=True, eq=False)
class SharedWeights:
    """The cities of the new frame that a sample of the old frame leads to.

    Parameters
    ----------
    included : array (N_new,) of bool
        True if one of the linked old cities was sampled: the city is surveyed.
    weights : array (N_new,)
        w_k; 0 for cities that are not included. A weight may be below 1.
    ineligible : array (N_old,) of bool
        Sampled old cities without a link. They stay in the sample and contribute zero; their
        weight goes to nobody.
    """

    included: BoolArray
    weights: FloatArray
    ineligible: BoolArray


def weight_share(links: CityLinks, old_weights: FloatArray) -> SharedWeights:
    """Weights of the cities of a new frame, from the weights of a sample of the old one.

    Use it when cities were merged, split, renamed or lost between two rounds. Totals of the new frame
    without its births are estimated without bias. Births need a sample of their own.

    Parameters
    ----------
    links : CityLinks
        Links between the two frames.
    old_weights : array (N_old,)
        1/pi_j of the sampled old cities, 0 for the others; in a later round the weights that this
        function gave for the earlier one.

    Returns
    -------
    SharedWeights

    Raises
    ------
    DesignError
        ``DESIGN-VALUE-INVALID``: a weight is negative or not finite.

    Notes
    -----
    w_k = (1/L_k) sum over the L_k old cities j of city k of I_j / pi_j. A city that stays keeps its
    weight. A merged city gets the mean of the weights of its parts, those not sampled counting as 0.
    Each part of a split city gets the weight of that city. In a cluster of several old and several new
    cities each new city counts its own links, so only new cities linked to a sampled one are surveyed.

    References
    ----------
    Lavallee, P. (2007). Indirect Sampling, Springer, ch. 2. Deville, J.-C., Lavallee, P. (2006). Indirect
    sampling: the foundations of the generalised weight share method. Survey Methodology 32, 165-176.

    Examples
    --------
    Cities 0 and 1 merge into new city 0; city 2 is split into new cities 1 and 2; new city 3 is a birth.

    >>> links = CityLinks(np.array([0, 1, 2, 2]), np.array([0, 0, 1, 2]), 3, 4)
    >>> shared = weight_share(links, np.array([4.0, 0.0, 2.5]))
    >>> shared.weights.tolist(), shared.included.tolist()
    ([2.0, 2.5, 2.5, 0.0], [True, True, True, False])
    """
    if not (np.isfinite(old_weights) & (old_weights >= 0.0)).all():
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "Weights of the earlier round are negative or not finite.",
            expected="1/pi of each sampled city, and 0 for cities that were not sampled",
            remedy="Give the design weights of the earlier draw.",
        )
    sums = np.bincount(links.new, weights=old_weights[links.old], minlength=links.N_new)
    weights = sums / np.maximum(links.parents, 1)
    return SharedWeights(weights > 0.0, weights, links.deaths & (old_weights > 0.0))
