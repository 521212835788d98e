"""The ``[round]`` part of a study file: this round, and the run of the round before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec

from citysample.errors import StudyError

if TYPE_CHECKING:
    from citysample.study.study_file import StudyFile

__all__ = ["RoundPart", "refuse_parts_that_clash"]

Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
FEWEST_BIRTHS = 2


class RoundPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[round]``: the name of the round; in a later round, where the round before lies."""

    name: Text
    previous: Text | None = None
    links: Text | None = None
    births: Annotated[int, msgspec.Meta(ge=FEWEST_BIRTHS)] = FEWEST_BIRTHS


def refuse_parts_that_clash(study: StudyFile, where: str) -> None:
    """A study has either a design or a round before it, and a later round keeps the sample it has.

    Raises
    ------
    StudyError
        ``STUDY-PART-MISSING`` or ``STUDY-VALUE-INVALID``.
    """
    part = study.round
    if part is None or part.previous is None:
        if study.design is None:
            raise StudyError(
                "STUDY-PART-MISSING",
                "The study file says neither how the sample is drawn nor which sample it keeps.",
                where=where,
                got="no [design], and no [round] with 'previous'",
                expected='[design]; or [round] with previous = "run directory of an earlier round"',
                remedy="Add the part. `citysample init` writes a complete study file to copy from.",
            )
        if part is not None and (part.links is not None or part.births != FEWEST_BIRTHS):
            raise _clash(
                "Links and births belong to a later round.",
                f"{where}: round",
                "'links' or 'births' without 'previous'",
                'previous = "run directory of the round before"',
                "Name the run directory of the round before, or leave out links and births.",
            )
    elif study.design is not None:
        raise _clash(
            "A later round keeps the sample of the round before, so it has no design of its own.",
            where,
            "[design], and [round] with 'previous'",
            "one of the two",
            "Leave out [design]. To draw a new sample, leave out 'previous'.",
        )
    elif study.fieldwork.release or study.fieldwork.added:
        raise _clash(
            "A later round has no substitutes and no added cities.",
            f"{where}: fieldwork",
            "[fieldwork], and [round] with 'previous'",
            "[fieldwork] in the study of the round in which the sample was drawn",
            "Leave out [fieldwork].",
        )


def _clash(what: str, where: str, got: str, expected: str, remedy: str) -> StudyError:
    return StudyError("STUDY-VALUE-INVALID", what, where=where, got=got, expected=expected, remedy=remedy)
