"""The record of a round with births: the draws of two rounds side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.record import DrawRecord

__all__ = ["joined_record"]


@dataclass(frozen=True, slots=True, eq=False)
class JoinedJoint(Mapping[int, FloatArray]):
    """pi_kl of the strata of two draws; those of the second have codes from ``H`` on."""

    first: Mapping[int, FloatArray]
    H: int
    second: Mapping[int, FloatArray]

    def __getitem__(self, h: int) -> FloatArray:
        return self.first[h] if h < self.H else self.second[h - self.H]

    def __iter__(self) -> Iterator[int]:
        yield from self.first
        yield from (self.H + h for h in self.second)

    def __len__(self) -> int:
        return len(self.first) + len(self.second)


def joined_record(before: DrawRecord, births: DrawRecord, labels: tuple[str, ...]) -> DrawRecord:
    """The record of two independent draws, without links: PSUs and strata of the second come last.

    Parameters
    ----------
    before : DrawRecord
        The record of the earlier rounds.
    births : DrawRecord
        The record of the births.
    labels : tuple of str
        Labels of the strata of the births.
    """
    H = len(before.strata)
    return replace(
        before,
        strata=(*before.strata, *labels),
        stratum=np.concatenate([before.stratum, births.stratum + H]),
        pi=np.concatenate([before.pi, births.pi]),
        certainty=np.concatenate([before.certainty, births.certainty]),
        joint=JoinedJoint(before.joint, H, births.joint),
        stratum_methods=(*_methods(before), *(births.method for _ in labels)),
        balance=_longer(before.balance, births.pi),
        coordinates=_coordinates(before, births),
        position=_positions(before, births),
        # Their sizes belong to another year, and they are never single: no stratum is merged with births.
        scores=None if before.scores is None else np.append(before.scores, np.full(len(labels), np.nan)),
    )


def _methods(record: DrawRecord) -> tuple[str, ...]:
    return record.stratum_methods or tuple(record.method for _ in record.strata)


def _coordinates(before: DrawRecord, births: DrawRecord) -> FloatArray | None:
    """Coordinates of all PSUs; NaN for births that were drawn without, or with others."""
    first, second = before.coordinates, births.coordinates
    if first is None:
        return None
    if second is None or second.shape[1] != first.shape[1]:
        second = np.full((births.pi.size, first.shape[1]), np.nan)
    return np.vstack([first, second])


def _positions(before: DrawRecord, births: DrawRecord) -> IntArray | None:
    """Places of all PSUs; births that were drawn without an order stand in the order of their frame."""
    if before.position is None:
        return None
    return np.append(before.position, births.psu if births.position is None else births.position)


def _longer(values: FloatArray | None, first: FloatArray) -> FloatArray | None:
    """The array with rows for PSUs that have no such values: their first value, then zeros.

    With pi_k as the first value they count as drawn with a fixed size, and without balance.
    """
    if values is None:
        return None
    return np.vstack([values, first[:, None] * (np.arange(values.shape[1]) == 0)])
