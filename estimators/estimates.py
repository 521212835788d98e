"""Estimates: what the survey says, with everything that changes its meaning."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from citysample.estimators.design_effect import effective_sample_size
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.record import Decision

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from citysample.estimators.contrasts import Contrasts
    from citysample.estimators.functions.expressions import Expression

__all__ = ["Estimate", "Estimates"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure.

    Parameters
    ----------
    name, indicator, estimand, unit, period : str
        What it is: the name given, the official code, what it is a figure of, unit, period.
    by, domain : str
        The breakdown and its value; ``national`` and ``all`` for the country.
    estimate, se, cv, lower, upper : float
        Figure, standard error, se / abs(estimate), confidence limits; NaN where they do not exist.
        Shares are between 0 and 1.
    confidence_level, df : float
        Level of the interval and degrees of freedom.
    interval_method, variance_method : str
        How they were computed.
    deff : float
        Variance over that of simple random sampling without replacement of as many cities.
    n, n_respondents, n_certainty : int
        Sampled cities of the domain, those with data, those taken with certainty.
    N : int or None
        Cities of the domain in the frame.
    frame_share : float
        Part of the frame's size that the estimate speaks for.
    quality, note : str
        Quality mark and remarks.
    record_id : str
        Identifies the record of the run.
    """

    name: str
    indicator: str
    estimand: str
    unit: str
    period: str
    by: str
    domain: str
    estimate: float
    se: float
    cv: float
    lower: float
    upper: float
    confidence_level: float
    df: float
    interval_method: str
    variance_method: str
    deff: float
    n: int
    n_respondents: int
    n_certainty: int
    N: int | None
    frame_share: float
    quality: str
    note: str
    record_id: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Estimates:
    """The figures of one call. Made by :meth:`WeightedSample.estimate`.

    Parameters
    ----------
    rows : tuple of Estimate
        One for each indicator and domain, in the order they were asked for.
    covariance : array (q, q)
        Estimated covariance matrix of all figures; NaN for a figure that does not exist.
    expressions : dict of str to str
        Canonical text of each indicator, by name.
    decisions : tuple of Decision
        Decisions taken by rule.
    sampled_share : array (q,)
        n over the sum of the weights of the domain of each figure.
    kish : array (q,)
        Kish's design effect of the weights in the domain of each figure.
    """

    rows: tuple[Estimate, ...]
    covariance: FloatArray
    expressions: dict[str, str]
    decisions: tuple[Decision, ...] = ()
    sampled_share: FloatArray = field(default_factory=lambda: np.zeros(0))
    kish: FloatArray = field(default_factory=lambda: np.zeros(0))

    def __repr__(self) -> str:
        return f"Estimates({len(self.rows)} figures of {len(self.expressions)} indicators)"

    def __len__(self) -> int:
        return len(self.rows)

    def to_frame(self) -> pd.DataFrame:
        """A tidy pandas frame, one row for each figure; nothing is rounded."""
        import pandas as pd

        names = [column.name for column in fields(Estimate)]
        table = pd.DataFrame([asdict(row) for row in self.rows], columns=names)
        table["N"] = table["N"].astype("Int64")
        return table

    def design_effects(self) -> pd.DataFrame:
        """Design effects and effective sample sizes, one row for each figure.

        Returns
        -------
        pandas.DataFrame
            ``name``, ``by``, ``domain``, ``n``; ``deff``: the variance over that of a simple random sample of
            n cities without replacement; ``deff_with_replacement``: over that of one with replacement;
            ``deft``: its root; ``n_effective``: n / deff; ``deff_kish``: Kish's approximation from the
            weights alone, with equal weights and with replacement as the reference.

        References
        ----------
        Kish, L. (1965). Survey Sampling, Wiley, sec. 8.2 and 11.7.
        """
        import pandas as pd

        deff = np.array([row.deff for row in self.rows])
        replaced = deff * (1.0 - self.sampled_share)
        table = pd.DataFrame([(row.name, row.by, row.domain, row.n) for row in self.rows])
        table.columns = pd.Index(["name", "by", "domain", "n"])
        return table.assign(
            deff=deff,
            deff_with_replacement=replaced,
            deft=np.sqrt(replaced),
            n_effective=effective_sample_size(table["n"].to_numpy(dtype=np.float64), deff),
            deff_kish=self.kish,
        )

    def cov(self) -> pd.DataFrame:
        """The covariance matrix of all figures, labelled by name, breakdown and domain."""
        import pandas as pd

        keys = pd.MultiIndex.from_tuples(
            [(row.name, row.by, row.domain) for row in self.rows], names=["name", "by", "domain"]
        )
        return pd.DataFrame(self.covariance, index=keys, columns=keys)

    def contrast(self, wanted: Mapping[str, Expression | str] | Expression | str) -> Contrasts:
        """Functions of these figures, with standard errors from their covariance matrix.

        Use it for differences and ratios of figures after the fact: between domains, between indicators.

        Parameters
        ----------
        wanted : mapping of str to str, or one alone
            Names and functions of figures: ``"after - before"`` for national figures by name;
            ``"figure('share', 'region', 'North') - share"`` for those of domains; a name that is no
            identifier stands in ``figure('built-up share')``.

        Returns
        -------
        Contrasts
            With ``rows``, ``to_frame()`` and ``cov()``.

        Raises
        ------
        EstimateError
            ``EXPRESSION-INVALID``: the text cannot be read, or a figure does not exist.

        Examples
        --------
        >>> import pandas as pd
        >>> import citysample as cs
        >>> table = pd.DataFrame({"a": [1.0, 3.0, 8.0], "b": [2.0, 5.0, 8.0]})
        >>> found = cs.CitySample.from_table(table, fpc=9).estimate({"a": "mean(a)", "b": "mean(b)"})
        >>> row = found.contrast("b - a").rows[0]
        >>> row.estimate, round(row.se, 4)
        (1.0, 0.4714)
        """
        from citysample.estimators.contrasts import form_contrasts

        return form_contrasts(
            wanted,
            [(row.name, row.by, row.domain) for row in self.rows],
            np.array([row.estimate for row in self.rows]),
            self.covariance,
            np.array([row.df for row in self.rows]),
            self.rows[0].confidence_level,
        )

    def with_record_id(self, record_id: str) -> Estimates:
        """The same figures, marked with the record of a run."""
        return replace(self, rows=tuple(replace(row, record_id=record_id) for row in self.rows))

    def __str__(self) -> str:
        columns = ["name", "by", "domain", "estimate", "se", "lower", "upper", "df", "n", "note"]
        return str(self.to_frame()[columns].to_string(index=False, float_format=lambda x: f"{x:.6g}"))
