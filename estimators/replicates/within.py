"""The standard error of an estimate inside each bootstrap replicate, for studentised intervals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import EstimateError
from citysample.estimators.replicates.replicates import Replicates
from citysample.reference_frames.columns import FloatArray

if TYPE_CHECKING:
    from citysample.sampling.record import DrawRecord

__all__ = ["replicate_se"]

CENTRED: dict[str, Callable[[FloatArray], FloatArray]] = {
    "srs": lambda pi: 1.0 - pi,
    "with_replacement": lambda pi: np.ones(pi.size),
}
"""Forms sum_k c_k (z-check_k - B)^2 whose bootstrap has multiplicities: c_k but for m/(m - 1)."""


def replicate_se(
    z: FloatArray, weights: FloatArray, draw: DrawRecord, form: str, replicates: Replicates
) -> FloatArray:
    """Standard errors of estimates inside each replicate.

    Parameters
    ----------
    z : array (R, n, D)
        Linearised variables at the totals of each replicate.
    weights : array (n,)
        Weights w_k.
    draw : DrawRecord
        The record of the draw; each row must be a city of its own.
    form : str
        ``"srs"`` or ``"with_replacement"``.
    replicates : Replicates
        Those of ``bootstrap``.

    Returns
    -------
    array (R, D)

    Raises
    ------
    EstimateError
        ``ESTIMATE-INTERVAL-INVALID``: another form, another method, or units inside cities.

    Notes
    -----
    The factor a_rk takes the part of how often city k was drawn: V-hat_r = sum_h m/(m - 1) sum_k a_rk c_k
    (z-check_k - B)^2, with B the mean weighted with a_rk c_k.

    References
    ----------
    Rao, J. N. K., Wu, C. F. J. (1988). Resampling inference with complex survey data. J. Amer. Statist.
    Assoc. 83, 231-241, sec. 3.
    """
    plain = replicates.method == "bootstrap" and form in CENTRED and draw.links is None and not draw.stages
    if not plain or not np.array_equal(draw.psu, np.arange(draw.pi.size)):
        raise EstimateError(
            "ESTIMATE-INTERVAL-INVALID",
            "A studentised interval needs the standard error inside each replicate, which is not known here.",
            got=f"replicates '{replicates.method}' of the form '{form}'",
            expected="variance = 'bootstrap' of simple random sampling, or with replacement, of cities",
            remedy="Use interval = 'percentile' or 't'.",
        )
    variance = np.zeros((z.shape[0], z.shape[2]))
    expanded = z * weights[:, None]
    for _, psus in draw.random_psus():
        m = psus.size
        c = np.clip(replicates.factors[:, psus], 0.0, None) * CENTRED[form](draw.pi[psus])
        x = expanded[:, psus]
        with np.errstate(invalid="ignore", divide="ignore"):
            centre = np.einsum("rk,rkd->rd", c, x) / c.sum(axis=1)[:, None]
            variance += m / (m - 1.0) * np.einsum("rk,rkd->rd", c, (x - centre[:, None]) ** 2)
    return np.sqrt(variance)
