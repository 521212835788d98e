"""The options of a sample drawn elsewhere, put in order stage by stage and checked against each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, cast

from citysample.errors import DataError, DesignError, did_you_mean, quoted
from citysample.sampling.methods import METHODS, VARIANCE_FORMS
from citysample.sampling.record import SINGLE_PSU_RULES
from citysample.weighting.delivered_replicates import ReplicateOptions

if TYPE_CHECKING:
    from citysample.weighting.elsewhere_joint import JointMatrix

__all__ = ["Elsewhere", "StageOptions", "stage_options"]

ELSEWHERE = (*METHODS, "with_replacement")
"""Methods of samples drawn elsewhere."""

HELPERS = {
    "joint": "syg",
    "order": "successive_difference",
    "coordinates": "local_mean",
    "balance": "balanced",
}
"""Options that serve one variance form, and this form."""

Given: TypeAlias = "str | float | Sequence[str | None] | Sequence[str | float | None] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A sample drawn elsewhere; the fields are the options of :meth:`CitySample.from_table`."""

    id: str | None = None
    strata: str | Sequence[str | None] | None = None
    psu: str | Sequence[str | None] | None = None
    nest: bool = False
    weights: str | None = None
    pi: str | Sequence[str | None] | None = None
    fpc: str | float | Sequence[str | float | None] | None = None
    joint: JointMatrix | Mapping[str, JointMatrix] | None = None
    method: str | Sequence[str] | None = None
    certainty: str | Collection[str] | None = None
    single_psu: str = "fail"
    collapse_by: str | None = None
    response: str | None = None
    order: str | None = None
    coordinates: Sequence[str] = ()
    balance: Sequence[str] = ()
    replicates: ReplicateOptions = field(default_factory=ReplicateOptions)
    period: str | int | None = None

    def __post_init__(self) -> None:
        for name in ("id", "weights", "collapse_by", "response", "order", "single_psu"):
            _refuse_kind(name, getattr(self, name), (str, type(None)), "the name of one column")
        for name in ("strata", "psu", "pi", "method"):
            _refuse_kind(
                name, getattr(self, name), (str, type(None)), "a name, or a list of names", listed=True
            )
        for name in ("coordinates", "balance"):
            value = getattr(self, name)
            _refuse_kind(name, value, (str,), "a list of columns", listed=True)
            object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        numbers = (str, int, float, type(None))
        _refuse_kind("fpc", self.fpc, numbers, "a column or a number, or a list of them", listed=True)
        _refuse_kind("nest", self.nest, (bool,), "True or False")
        if self.certainty is not None and not isinstance(self.certainty, Collection):
            raise _no_kind("certainty", self.certainty, "a column, or a list of ids")

    def columns(self) -> list[str]:
        """All columns that are named, but for the ids and the replicates."""
        listed = (*_listed(self.strata), *_listed(self.psu), *_listed(self.pi), *_listed(self.fpc))
        alone = (self.weights, self.certainty, self.collapse_by, self.response, self.order)
        named = [name for name in (*listed, *alone) if isinstance(name, str)]
        return [*named, *self.coordinates, *self.balance]


@dataclass(frozen=True, slots=True)
class StageOptions:
    """The options of one stage; see :meth:`CitySample.from_table`."""

    stage: int
    psu: str | None
    strata: str | None
    pi: str | None
    fpc: str | float | None
    method: str


def stage_options(given: Elsewhere) -> tuple[StageOptions, ...]:
    """The options stage by stage, checked.

    Raises
    ------
    DesignError
        ``DESIGN-METHOD-UNKNOWN``, ``DESIGN-VALUE-INVALID``, ``DESIGN-OPTION-UNUSED``.
    DataError
        ``DATA-FPC-MISSING``: a stage without replacement has no fpc. ``DATA-WEIGHT-INVALID``: a method
        has no inclusion probabilities or weights.

    Notes
    -----
    Later stages of which nothing is given but their units are left out if the primary sampling units were
    drawn with replacement: then the totals of these units are all that the variance needs.
    """
    _check_rule(given)
    psu = given.psu if isinstance(given.psu, (str, type(None))) else list(given.psu)
    count = len(psu) if isinstance(psu, list) else 1
    units = _columns("psu", given.psu, count)
    if count == 0 or None in units[:-1]:
        raise _wrong("psu", repr(given.psu), "a column for each stage; None at the last one for the rows")
    strata = _columns("strata", given.strata, count)
    pi = _columns("pi", given.pi, count)
    fpc = _by_stage("fpc", given.fpc, count)
    first = _first_method(given, fpc[0])
    _check_first(given, first, pi[0], fpc[0])
    one_method = given.method is None or isinstance(given.method, str)
    if first == "with_replacement" and one_method and not any((*pi[1:], *fpc[1:])):
        count = 1
    methods = [first, *(_later_method(given, k, first, pi[k], fpc[k]) for k in range(1, count))]
    return tuple(StageOptions(k + 1, units[k], strata[k], pi[k], fpc[k], methods[k]) for k in range(count))


def _refuse_kind(
    option: str, value: object, kinds: tuple[type, ...], expected: str, *, listed: bool = False
) -> None:
    """Refuse an option, or an entry of its list, that is of no such kind."""
    entries = value if listed and isinstance(value, (list, tuple)) else [value]
    if any(not isinstance(entry, kinds) for entry in entries):
        raise _no_kind(option, value, expected)


def _no_kind(option: str, value: object, expected: str) -> DesignError:
    return DesignError(
        "DESIGN-VALUE-INVALID",
        f"The option '{option}' of a sample drawn elsewhere is of the wrong kind.",
        got=f"{option} = {value!r}",
        expected=expected,
        remedy=f"Correct {option}.",
    )


def _listed(value: Given) -> list[str | float | None]:
    return [value] if value is None or isinstance(value, (str, int, float)) else list(value)


def _by_stage(option: str, value: Given, count: int) -> list[str | float | None]:
    """The option of each stage; what is no list belongs to the first one."""
    if value is None or isinstance(value, (str, int, float)):
        return [value, *([None] * (count - 1))]
    if len(value) != count:
        raise _wrong(option, f"{len(value)} entries in {option} = {value!r}", _entries(count))
    return list(value)


def _columns(option: str, value: Given, count: int) -> list[str | None]:
    """The column of each stage."""
    return cast("list[str | None]", _by_stage(option, value, count))


def _entries(count: int) -> str:
    return f"{count}, one for each stage of psu; None where there is nothing to say"


def _wrong(option: str, got: str, expected: str) -> DesignError:
    return DesignError(
        "DESIGN-VALUE-INVALID",
        f"The option '{option}' does not describe the stages.",
        got=got,
        expected=expected,
        remedy=f"Correct {option}. Several stages are lists: psu = ['town', 'block'], fpc = ['N1', 'N2'].",
    )


def _check_rule(given: Elsewhere) -> None:
    if given.single_psu not in SINGLE_PSU_RULES:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "There is no such rule for single-PSU strata.",
            got=repr(given.single_psu),
            expected=f"one of {quoted(SINGLE_PSU_RULES)}",
            remedy="Correct single_psu.",
        )
    collapse = given.single_psu == "collapse"
    if collapse != (given.collapse_by is not None):
        raise DesignError(
            "DESIGN-VALUE-INVALID" if collapse else "DESIGN-OPTION-UNUSED",
            "The rule 'collapse' and its column collapse_by go together.",
            got=f"single_psu = '{given.single_psu}', collapse_by = {given.collapse_by!r}",
            expected="a column that was known before the data, with one value for each stratum",
            remedy="Give collapse_by; the strata with the nearest values are merged."
            if collapse
            else "Remove collapse_by, or say single_psu = 'collapse'.",
        )


def _first_method(given: Elsewhere, fpc: str | float | None) -> str:
    if given.method is None:
        unknown = given.replicates.replicates is not None and fpc is None and given.pi is None
        return "with_replacement" if unknown else "srs"
    if isinstance(given.method, str):
        method = given.method
    else:
        count = 1 if isinstance(given.psu, (str, type(None))) else len(given.psu)
        if len(given.method) != count:
            raise _wrong("method", f"{len(given.method)} entries in method", _entries(count))
        method = given.method[0]
    if method not in ELSEWHERE:
        raise DesignError(
            "DESIGN-METHOD-UNKNOWN",
            f"A sample drawn elsewhere by '{method}' cannot be estimated from.",
            got=repr(method),
            expected=f"one of {', '.join(map(repr, ELSEWHERE))}",
            remedy=did_you_mean(method, ELSEWHERE),
        )
    return method


def _check_first(given: Elsewhere, method: str, pi: str | None, fpc: str | float | None) -> None:
    equal = method in ("srs", "with_replacement")
    if given.weights is not None and pi is not None and equal:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "Weights and inclusion probabilities are given.",
            got=f"weights = '{given.weights}', pi = '{pi}'",
            expected=f"one of the two for '{method}'",
            remedy="Give the weights, or give pi; design weights are 1/pi.",
        )
    _check_fpc(method, fpc, 1)
    if not equal and pi is None:
        raise _no_probabilities(method, 1)
    if method == "with_replacement" and given.weights is None and pi is None:
        raise DataError(
            "DATA-WEIGHT-INVALID",
            "A sample with replacement needs weights.",
            got="neither weights nor pi",
            expected="a column with weights above 0",
            remedy="Give weights.",
        )
    if method in METHODS and METHODS[method].balanced and not given.balance:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            f"A balanced sample drawn by '{method}' needs the columns that it was balanced on.",
            got="no balance",
            expected="balance = [columns of the balancing variables]",
            remedy="Give balance. Or say 'pivotal': its variance ignores the balance, and is cautious.",
        )
    _check_helpers(given, method)


def _check_helpers(given: Elsewhere, method: str) -> None:
    """Refuse options that no variance form of the method uses."""
    named = {
        "joint": given.joint is not None,
        "order": given.order is not None,
        "coordinates": bool(given.coordinates),
        "balance": bool(given.balance),
    }
    for option in (option for option, is_named in named.items() if is_named):
        fitting = [name for name in ELSEWHERE if _serves(name, option)]
        if method not in fitting:
            remedy = f"Remove {option}, or correct the method."
            raise _unused(option, method, f"one of {quoted(fitting, limit=12)}", remedy)


def _serves(method: str, option: str) -> bool:
    """True if a variance form of the method uses the option. The pi_kl of srs follow from its fpc."""
    return HELPERS[option] in VARIANCE_FORMS[method] and (option, method) != ("joint", "srs")


def _later_method(given: Elsewhere, k: int, first: str, pi: str | None, fpc: str | float | None) -> str:
    """The method of stage k + 1: as said, else srs where there is an fpc, else that of the first stage."""
    stage = k + 1
    if given.method is not None and not isinstance(given.method, str):
        method = given.method[k]
    elif fpc is not None or pi is None:
        method = "srs"
    else:
        method = first
    usual = [name for name in METHODS if not METHODS[name].balanced]
    if method not in usual or (method == "srs" and fpc is None and pi is not None):
        raise DesignError(
            "DESIGN-METHOD-UNKNOWN" if method not in ELSEWHERE else "DESIGN-VALUE-INVALID",
            f"The method of stage {stage} is not known, or cannot be one inside sampled units.",
            where=f"stage {stage}",
            got=repr(method),
            expected=f"one of {', '.join(map(repr, usual))}, in a list: method = ['{first}', 'pivotal']",
            remedy="Say the method of each stage. With pi a stage has unequal probabilities, so not 'srs'.",
        )
    _check_fpc(method, fpc, stage)
    if method != "srs" and pi is None:
        raise _no_probabilities(method, stage)
    return method


def _check_fpc(method: str, fpc: str | float | None, stage: int) -> None:
    if method == "srs" and fpc is None:
        at = "" if stage == 1 else f" of stage {stage}"
        raise DataError(
            "DATA-FPC-MISSING",
            "A sample without replacement needs the number of PSUs in the population (fpc)."
            if stage == 1
            else "A later stage needs the number of units inside the unit that holds them (fpc), or pi.",
            where=f"stage {stage}",
            got=f"no fpc{at}",
            expected="a column with N_h, or with the sampling fraction",
            remedy=("Give fpc. " if stage == 1 else "Give fpc or pi as a list with an entry for each stage. ")
            + "If the PSUs were drawn with replacement, say method = 'with_replacement'.",
        )
    if fpc is not None and (method != "srs" or isinstance(fpc, bool)):
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The fpc does not go with the method.",
            where=f"stage {stage}",
            got=f"fpc = {fpc!r}, method = '{method}'",
            expected="an fpc (a column or a number) for 'srs' only",
            remedy="Remove fpc, or correct the method. 'systematic' and 'pivotal' take pi instead.",
        )


def _no_probabilities(method: str, stage: int) -> DataError:
    return DataError(
        "DATA-WEIGHT-INVALID",
        f"Method '{method}' needs the inclusion probabilities.",
        where=f"stage {stage}",
        got="no pi",
        expected="a column with pi_k in (0, 1]",
        remedy="Give pi.",
    )


def _unused(option: str, method: str, expected: str, remedy: str) -> DesignError:
    return DesignError(
        "DESIGN-OPTION-UNUSED",
        f"The option '{option}' does not go with a sample drawn by '{method}'.",
        got=f"{option}, method = '{method}'",
        expected=expected,
        remedy=remedy,
    )
