"""Words for people in place of the names of intervals and variances."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["INTERVAL_WORDS", "VARIANCE_WORDS", "words_for"]

INTERVAL_WORDS: dict[str, str] = {
    "t": "t",
    "normal": "normal",
    "logit": "logit",
    "wilson": "Wilson",
    "beta": "beta (Korn and Graubard)",
    "log": "on the log scale",
    "fieller": "Fieller",
    "exact": "exact (hypergeometric)",
    "percentile": "bootstrap percentiles",
    "studentised": "studentised bootstrap",
    "woodruff": "Woodruff",
    "census": "none needed, all cities are in the sample",
    "none": "none",
}
"""Interval methods, as the report names them."""

VARIANCE_WORDS: dict[str, str] = {
    "srs": "simple random sampling without replacement in each stratum",
    "syg": "Sen-Yates-Grundy, with joint probabilities",
    "ht": "Horvitz-Thompson, with joint probabilities",
    "deville": "Deville's approximation",
    "deville2": "Deville's second approximation",
    "hajek": "Hajek's approximation",
    "rosen": "Rosen's approximation for Pareto samples",
    "brewer": "Brewer and Donadio's approximation",
    "hartley_rao": "Hartley and Rao's approximation",
    "poisson": "Poisson sampling",
    "balanced": "Deville and Tille's approximation for balanced samples",
    "local_mean": "deviations from the mean of the neighbours",
    "successive_difference": "differences of cities that follow each other",
    "with_replacement": "sampling with replacement in each stratum",
    "jk1": "jackknife of one stratum",
    "jkn": "jackknife of a stratified sample",
    "brr": "balanced repeated replication",
    "fay": "balanced repeated replication with Fay's coefficient",
    "bootstrap": "rescaled bootstrap",
    "generalized_bootstrap": "generalised bootstrap",
    "exact": "Fay's generalised replication",
    "sdr": "successive difference replication",
    "replicates": "replicate weights delivered with the data",
}
"""Variance forms and methods of replicates, as the report names them."""


def words_for(names: Mapping[str, str], name: str) -> str:
    """The words for a name; the name itself if there are none.

    >>> words_for(INTERVAL_WORDS, "log"), words_for(INTERVAL_WORDS, "other")
    ('on the log scale', 'other')
    """
    return names.get(name, name)
