"""How many cities a target precision needs, step by step, for a simple random sample."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from statistics import NormalDist

import numpy as np

from citysample.errors import DesignError
from citysample.sampling.allocate.rule_checks import (
    check_count,
    check_positive,
    invalid,
    is_number,
)

__all__ = [
    "SampleSize",
    "check_response",
    "size_for_mean",
    "size_for_ratio",
    "size_for_share",
    "size_for_total",
]


@dataclass(frozen=True, slots=True)
class SampleSize:
    """A sample size and the steps that lead to it. Each step is rounded up.

    Parameters
    ----------
    simple : int
        Cities of a simple random sample from a population without end.
    with_design_effect : int
        The same, times the design effect.
    respondents : int
        Cities that must answer, after the finite population correction.
    n : int
        Cities to draw, so that this many answer.
    """

    simple: int
    with_design_effect: int
    respondents: int
    n: int


def size_for_mean(
    N: int,
    S: float,
    *,
    mean: float | None = None,
    cv: float | None = None,
    margin: float | None = None,
    confidence_level: float = 0.95,
    deff: float = 1.0,
    response: float = 1.0,
) -> SampleSize:
    """Cities needed for the mean of a variable.

    Parameters
    ----------
    N : int
        Cities of the frame (or of the domain).
    S : float
        Standard deviation of the variable over the N cities, from a proxy or an earlier round.
    mean : float, optional
        Its mean, needed for a target CV.
    cv : float, optional
        Target coefficient of variation. Give either ``cv`` or ``margin``.
    margin : float, optional
        Target margin of error: half the width of the confidence interval, in the unit of the mean.
    confidence_level : float
        Confidence level of the margin of error.
    deff : float
        Design effect of the planned design, above 0.
    response : float
        Expected response, above 0 and at most 1.

    Returns
    -------
    SampleSize
        The steps and the size.

    Notes
    -----
    n_0 = (z S / margin)^2 or (S / (cv mean))^2; n_1 = deff n_0; n_2 = n_1 / (1 + n_1 / N);
    n = n_2 / response. z is a quantile of the normal distribution; with fewer than about 30 cities
    the interval will be wider than planned.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., Wiley, sections 4.6 and 4.7.
    Kish, L. (1965). Survey Sampling, Wiley, section 8.2 (design effect).

    Examples
    --------
    >>> size_for_mean(500, S=2.0, mean=1.0, cv=0.05)
    SampleSize(simple=1600, with_design_effect=1600, respondents=381, n=381)
    """
    check_count("N", N)
    check_positive("S", S)
    error = _standard_error(mean, cv, margin, confidence_level, "mean")
    simple = (S / error) ** 2
    return _steps(N, simple, simple * deff / (1.0 + simple * deff / N), deff, response)


def size_for_total(
    N: int,
    S: float,
    *,
    total: float | None = None,
    cv: float | None = None,
    margin: float | None = None,
    confidence_level: float = 0.95,
    deff: float = 1.0,
    response: float = 1.0,
) -> SampleSize:
    """Cities needed for the total of a variable.

    Parameters
    ----------
    N, S, cv, confidence_level, deff, response
        As in :func:`size_for_mean`.
    total : float, optional
        Total of the variable, needed for a target CV.
    margin : float, optional
        Target margin of error, in the unit of the total.

    Returns
    -------
    SampleSize
        The steps and the size: those of the mean, with margin / N.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., Wiley, section 4.6.

    Examples
    --------
    >>> size_for_total(500, S=2.0, total=500.0, cv=0.05).n
    381
    """
    check_count("N", N)
    return size_for_mean(
        N,
        S,
        mean=None if total is None else total / N,
        cv=cv,
        margin=None if margin is None else margin / N,
        confidence_level=confidence_level,
        deff=deff,
        response=response,
    )


def size_for_ratio(
    N: int,
    S: float,
    *,
    ratio: float | None = None,
    mean_x: float,
    cv: float | None = None,
    margin: float | None = None,
    confidence_level: float = 0.95,
    deff: float = 1.0,
    response: float = 1.0,
) -> SampleSize:
    """Cities needed for the ratio R of two totals, such as the share of people who ....

    Parameters
    ----------
    N, cv, confidence_level, deff, response
        As in :func:`size_for_mean`.
    S : float
        Standard deviation of y - R x over the N cities.
    ratio : float, optional
        R, needed for a target CV.
    mean_x : float
        Mean of the denominator x.
    margin : float, optional
        Target margin of error, in the unit of the ratio.

    Returns
    -------
    SampleSize
        The steps and the size: those of the mean of y - R x, with margin times mean_x.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., Wiley, section 6.5.

    Examples
    --------
    >>> size_for_ratio(200, S=30.0, mean_x=100.0, margin=0.1).respondents
    30
    """
    check_positive("mean_x", mean_x)
    return size_for_mean(
        N,
        S,
        mean=None if ratio is None else ratio * mean_x,
        cv=cv,
        margin=None if margin is None else margin * mean_x,
        confidence_level=confidence_level,
        deff=deff,
        response=response,
    )


def size_for_share(
    N: int,
    p: float,
    *,
    cv: float | None = None,
    margin: float | None = None,
    confidence_level: float = 0.95,
    deff: float = 1.0,
    response: float = 1.0,
) -> SampleSize:
    """Cities needed for a share of cities.

    For a share of people or of land use :func:`size_for_ratio`.

    Parameters
    ----------
    N, cv, confidence_level, deff, response
        As in :func:`size_for_mean`.
    p : float
        The share that is expected, between 0 and 1. With 0.5 the sample is large enough for any.
    margin : float, optional
        Target margin of error, such as 0.05 for plus or minus 5 percentage points.

    Returns
    -------
    SampleSize
        The steps and the size.

    Notes
    -----
    n_0 = z^2 p (1 - p) / margin^2 or (1 - p) / (p cv^2); n_1 = deff n_0;
    n_2 = n_1 / (1 + (n_1 - 1) / N), because S^2 = p (1 - p) N / (N - 1); n = n_2 / response.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., Wiley, section 4.4.

    Examples
    --------
    >>> size_for_share(200, 0.3, margin=0.05, deff=1.5, response=0.85)
    SampleSize(simple=323, with_design_effect=485, respondents=142, n=168)
    """
    _check_share("p", p, below=1.0)
    check_count("N", N)
    error = _standard_error(p, cv, margin, confidence_level, "share")
    simple = p * (1.0 - p) / error**2
    return _steps(N, simple, simple * deff / (1.0 + (simple * deff - 1.0) / N), deff, response)


def _standard_error(
    value: float | None, cv: float | None, margin: float | None, confidence_level: float, name: str
) -> float:
    """The standard error that a target CV or margin of error asks for."""
    if (cv is None) == (margin is None):
        raise invalid(
            "The sample size needs one target: a CV or a margin of error.",
            got="neither" if cv is None else f"cv = {cv} and margin = {margin}",
            expected="cv = 0.05, or margin = 0.05",
            remedy="Give one of the two.",
        )
    _check_share("confidence_level", confidence_level, below=1.0)
    if margin is not None:
        check_positive("margin", margin)
        return margin / NormalDist().inv_cdf(0.5 + confidence_level / 2.0)
    check_positive("cv", cv)
    assert cv is not None
    if not is_number(value) or value == 0 or not np.isfinite(value):
        raise invalid(
            f"A target CV needs the {name}.",
            got=repr(value),
            expected=f"the expected {name}, not 0",
            remedy=f"Give the {name}, or a margin of error instead of the CV.",
        )
    return cv * abs(value)


def _steps(N: int, simple: float, respondents: float, deff: float, response: float) -> SampleSize:
    check_positive("deff", deff)
    check_response(response)
    needed = min(_up(respondents), N)
    drawn = _up(needed / response)
    if drawn > N:
        raise DesignError(
            "DESIGN-N-IMPOSSIBLE",
            "The target needs more responding cities than can be expected.",
            got=f"{needed} responding cities of N = {N}, with a response of {response:.6g}",
            expected=f"at most {response * N:.6g}",
            remedy="Relax the target, or raise the response.",
        )
    return SampleSize(_up(simple), _up(simple * deff), needed, drawn)


def _up(value: float) -> int:
    """Rounded up, but for rounding errors; at least 1."""
    return max(ceil(value * (1.0 - 1e-12)), 1)


def check_response(response: object) -> None:
    """Refuse an expected response that is not above 0 and at most 1."""
    _check_share("response", response, below=np.nextafter(1.0, 2.0))


def _check_share(name: str, value: object, below: float) -> None:
    if not is_number(value) or not 0 < value < below:
        raise invalid(
            f"'{name}' must be a share.",
            got=repr(value),
            expected="above 0 and below 1" if below == 1.0 else "above 0 and at most 1",
            remedy=f"Correct '{name}'.",
        )
