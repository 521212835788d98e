"""What nonresponse does to strata with few cities."""

from __future__ import annotations

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["few_respondents_risk", "single_psu_risk"]


def few_respondents_risk(n: IntArray, response: float | FloatArray) -> FloatArray:
    """The chance that a stratum ends with fewer than two responding cities, stratum by stratum.

    Parameters
    ----------
    n : array (H,) of int
        Randomly drawn cities n_h of the strata.
    response : float or array (H,)
        Expected response: the chance that a city answers, 0 to 1.

    Returns
    -------
    array (H,)
        (1 - r)^n + n r (1 - r)^(n - 1). It is 0 where n_h = 0: nothing is estimated there.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., Wiley, section 13.2 (response as chance).

    Examples
    --------
    >>> few_respondents_risk(np.array([2, 4]), 0.85).round(4).tolist()
    [0.2775, 0.012]
    """
    r = np.asarray(response, dtype=np.float64)
    if not ((r >= 0) & (r <= 1)).all():
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The expected response must be a share.",
            got=repr(response),
            expected="0 to 1, such as 0.85",
            remedy="Correct the expected response.",
        )
    none = (1.0 - r) ** n
    one = n * r * (1.0 - r) ** np.maximum(n - 1, 0)
    return np.where(n > 0, none + one, 0.0)


def single_psu_risk(n: IntArray, response: float | FloatArray) -> float:
    """The chance that at least one stratum ends with fewer than two responding cities.

    Use it before the draw: such a stratum has no variance of its own, and a collapsing rule has to
    be chosen while nobody knows the data.

    Parameters
    ----------
    n : array (H,) of int
        Randomly drawn cities n_h of the strata.
    response : float or array (H,)
        Expected response: the chance that a city answers, 0 to 1.

    Returns
    -------
    float
        1 - product over strata of (1 - risk_h), if cities answer independently of each other.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., Wiley, section 13.2 (response as chance).

    Examples
    --------
    >>> round(single_psu_risk(np.full(10, 2), 0.85), 3)
    0.961
    """
    return float(1.0 - np.prod(1.0 - few_respondents_risk(n, response)))
