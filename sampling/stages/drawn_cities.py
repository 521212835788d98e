"""What all samples of cities have in common: the rows of their cities, and units drawn inside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import pandas as pd

    from citysample.reference_frames.city_frame import CityFrame
    from citysample.sampling.rounds.coordination import RealisedOverlap
    from citysample.sampling.rounds.round_sample import AnySample, RoundSample
    from citysample.sampling.stages.stage import Stage
    from citysample.sampling.stages.staged_sample import StagedSample

__all__ = ["DrawnCities"]


class DrawnCities:
    """Base of the samples of cities."""

    __slots__ = ()

    @property
    def rows(self) -> pd.DataFrame:
        """The rows of the frame of the sampled cities, indexed by ``city_id``, in the order of the frame."""
        sample = cast("AnySample", self)
        return sample.frame.table[sample.selected]

    @property
    def listed(self) -> tuple[str, ...]:
        """Ids of all cities of the frame."""
        return tuple(cast("AnySample", self).frame.table.index)

    def overlap(self, other: DrawnCities) -> RealisedOverlap:
        """Cities that this sample and another one have in common, by city id."""
        from citysample.sampling.rounds.coordination import realised_overlap

        return realised_overlap(self.rows.index, other.rows.index)

    def next_round(
        self,
        frame: CityFrame,
        links: pd.DataFrame | None = None,
        *,
        name: str | None = None,
        births: int = 2,
    ) -> RoundSample:
        """The sample of the next round: the panel stays, births are drawn, merged cities are weighted.

        Parameters
        ----------
        frame : CityFrame
            The frame of the next round.
        links : pandas.DataFrame, optional
            Links between the two frames, with columns ``old_id`` and ``new_id``, as ``frame.diff`` gives
            them. Cities with the same id need none.
        name : str, optional
            Name of the round, such as ``"2030"``.
        births : int
            Fewest cities to draw from the births of a stratum, 2 or more.

        Returns
        -------
        RoundSample
        """
        from citysample.sampling.rounds.round_sample import next_round

        return next_round(cast("AnySample", self), frame, links, name=name, births=births)

    def draw_units(self, stage: Stage, table: pd.DataFrame) -> StagedSample:
        """Draw units inside the sampled cities, such as enumeration areas.

        The seed is that of the sample. What is drawn in a city depends on its own units alone.

        Parameters
        ----------
        stage : Stage
            How the units are drawn.
        table : pandas.DataFrame
            The list of units, one row for each. Units of cities that are not in the sample may stand in it.

        Returns
        -------
        StagedSample
            The units with their inclusion probabilities. It draws units inside units in the same way.

        Raises
        ------
        FrameError
            ``FRAME-STAGE-INVALID``: a unit has no valid id, stands twice or lies in no city of the frame,
            or a sampled city has no units. ``FRAME-COLUMN-RESERVED``: a column contradicts the frame.
        DesignError
            ``DESIGN-VALUE-INVALID``, ``DESIGN-STRATUM-TOO-SMALL``: the number of units is not valid.
        """
        from citysample.sampling.stages.staged_sample import draw_units

        return draw_units(cast("AnySample", self), stage, table)
