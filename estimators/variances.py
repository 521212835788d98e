"""Covariance matrices of figures: by a variance form, or by replicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from citysample.errors import EstimateError, did_you_mean, located
from citysample.estimators.forms.registry import FORMS
from citysample.estimators.forms.single_psu import single_psu_decisions
from citysample.estimators.forms.stratified import design_covariance, variance_form
from citysample.estimators.functions.term import Leaf, QuantileLeaf
from citysample.estimators.influence import evaluate_at
from citysample.estimators.options import Options, unknown_choice
from citysample.estimators.quantiles import invert, rank
from citysample.estimators.replicates.methods import REPLICATE_METHODS, make_replicates
from citysample.estimators.replicates.replicates import (
    Replicates,
    replicate_covariance,
    replicate_totals,
)
from citysample.estimators.replicates.within import replicate_se
from citysample.estimators.second_stage import error_gradients, within_cities, within_weights
from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.methods import VARIANCE_FORMS
from citysample.sampling.record import Decision
from citysample.weighting.design_weights import psu_totals

if TYPE_CHECKING:
    from citysample.estimators.figures import Figures
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["ByForm", "ByReplicates", "Variances", "variances_of"]


DELIVERED = "replicates"
"""The variance from replicate weights that came with the data."""


class Variances(Protocol):
    """A way to the covariance matrix of figures."""

    @property
    def name(self) -> str:
        """What the report calls it."""

    @property
    def form(self) -> str:
        """The variance form behind it, a key of ``FORMS``."""

    def of_total(self, z: FloatArray) -> FloatArray:
        """Covariance matrix of the totals of q variables, (n, q)."""

    def covariance(self, figures: Sequence[Figures], masks: BoolArray) -> FloatArray:
        """Covariance matrix of all figures, indicator by indicator, domain by domain, shape (q, q)."""

    def most_df(self, masks: BoolArray) -> FloatArray:
        """Degrees of freedom that the way to the covariances leaves at most in each domain, shape (D,)."""

    def decisions(self) -> list[Decision]:
        """What rules decided on the way."""


@dataclass(frozen=True, slots=True, eq=False)
class ByForm:
    """The variance form of the draw on the linearised variables, and the errors inside the cities.

    Parameters
    ----------
    survey : WeightedSample
        The sample.
    form : str
        A key of ``FORMS``.
    """

    survey: WeightedSample
    form: str

    @property
    def name(self) -> str:
        """See :class:`Variances`."""
        return self.form

    def most_df(self, masks: BoolArray) -> FloatArray:
        """See :class:`Variances`."""
        return np.full(masks.shape[1], np.inf)

    def decisions(self) -> list[Decision]:
        """See :class:`Variances`."""
        return single_psu_decisions(self.survey.draw, self.form)

    def of_total(self, z: FloatArray) -> FloatArray:
        """Covariance matrix of the totals of q variables, (n, q)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return design_covariance(z, self.survey.weights, self.survey.draw, self.form)

    def covariance(self, figures: Sequence[Figures], masks: BoolArray) -> FloatArray:
        """See :class:`Variances`."""
        first = self.of_total(np.hstack([part.found.z for part in figures]))
        inside = within_part(self.survey, figures, masks, self.form)
        return first if inside is None else first + inside


@dataclass(frozen=True, slots=True, eq=False)
class ByReplicates:
    """The spread of the estimates over replicates, and the errors inside the cities.

    Parameters
    ----------
    survey : WeightedSample
        The sample.
    name : str
        What the report calls it.
    replicates : Replicates
        Factors of the weights.
    form : str
        The form that the replicates stand for.
    seed : str
        Seed of the replicates, if they were drawn at random.
    """

    survey: WeightedSample
    name: str
    replicates: Replicates
    form: str
    seed: str = ""

    def most_df(self, masks: BoolArray) -> FloatArray:
        """The rank of the replicate weights of the domain less 1, if they were delivered.

        Replicates that were made here stand for a form, whose degrees of freedom are those of the draw.
        """
        if self.name != DELIVERED:
            return np.full(masks.shape[1], np.inf)
        weights = self.replicates.factors[:, self.replicates.unit] * self.survey.weights
        ranks = [np.linalg.matrix_rank(weights[:, mask]) for mask in masks.T]
        return np.maximum(np.array(ranks, dtype=np.float64) - 1.0, 0.0)

    def decisions(self) -> list[Decision]:
        """See :class:`Variances`."""
        seed = f", seed '{self.seed}'" if self.seed else ""
        what = f"{self.replicates.R} replicates of '{self.replicates.method}'{seed}"
        return [Decision("variance", "estimates", what)]

    def of_total(self, z: FloatArray) -> FloatArray:
        """See :class:`Variances`."""
        rep = self.replicates
        by_unit = psu_totals(z, self.survey.weights, rep.unit, rep.factors.shape[1])
        replicated = replicate_totals(by_unit, rep.factors)
        return replicate_covariance(replicated, by_unit.sum(axis=0), rep.scale, rep.rscales, rep.mse)

    def estimates(self, figures: Sequence[Figures], masks: BoolArray) -> FloatArray:
        """All figures in each replicate, shape (R, q); NaN where one does not exist."""
        columns = []
        totals = self._totals(figures, masks)
        for part in figures:
            at = np.stack([totals[leaf] for leaf in part.leaves], axis=-1)
            found = evaluate_at(part.expression, part.leaves, at)
            columns.append(np.where(found.reason == 0, found.value, np.nan))
        return np.concatenate(columns, axis=1)

    def spread(self, figures: Sequence[Figures], masks: BoolArray) -> FloatArray:
        """All figures in each replicate, stretched so that they spread as the estimates do, shape (R, q)."""
        rep, full = self.replicates, np.concatenate([part.found.value for part in figures])
        stretch = np.sqrt(rep.R * rep.scale * rep.rscales)
        with np.errstate(over="ignore", invalid="ignore"):
            spread = full + stretch[:, None] * (self.estimates(figures, masks) - full)
        return np.asarray(spread, dtype=np.float64)

    def spread_of_se(self, part: Figures, masks: BoolArray) -> FloatArray:
        """Standard errors of one indicator in each replicate, shape (R, D)."""
        totals = self._totals([part], masks)
        at = np.stack([totals[leaf] for leaf in part.leaves], axis=-1)
        gradient = evaluate_at(part.expression, part.leaves, at, with_gradient=True).gradient
        with np.errstate(over="ignore", invalid="ignore"):
            z = np.asarray(np.einsum("kp,rdp->rkd", part.variables, gradient) * masks, dtype=np.float64)
            return replicate_se(z, self.survey.weights, self.survey.draw, self.form, self.replicates)

    def covariance(self, figures: Sequence[Figures], masks: BoolArray) -> FloatArray:
        """See :class:`Variances`."""
        rep, full = self.replicates, np.concatenate([part.found.value for part in figures])
        with np.errstate(over="ignore", invalid="ignore"):
            found = self.estimates(figures, masks)
            spread = replicate_covariance(found, full, rep.scale, rep.rscales, rep.mse)
        inside = within_part(self.survey, figures, masks, self.form)
        return spread if inside is None else spread + inside

    def _totals(self, figures: Sequence[Figures], masks: BoolArray) -> Mapping[Leaf, FloatArray]:
        """Each leaf in each replicate and domain, shape (R, D)."""
        variables = {leaf: part.variables[:, j] for part in figures for j, leaf in enumerate(part.leaves)}
        sums = [leaf for leaf in variables if not isinstance(leaf, QuantileLeaf)]
        found: dict[Leaf, FloatArray] = {}
        if sums:
            table = np.stack([variables[leaf] for leaf in sums], axis=1)
            cells = (table[:, :, None] * masks[:, None, :]).reshape(len(table), -1)
            rep, units = self.replicates, self.replicates.factors.shape[1]
            by_unit = psu_totals(cells, self.survey.weights, rep.unit, units)
            totals = replicate_totals(by_unit, rep.factors).reshape(rep.R, len(sums), -1)
            found = {leaf: totals[:, j] for j, leaf in enumerate(sums)}
        for leaf, values in variables.items():
            if isinstance(leaf, QuantileLeaf):
                found[leaf] = self._quantiles(leaf, values, masks)
        return found

    def _quantiles(self, leaf: QuantileLeaf, values: FloatArray, masks: BoolArray) -> FloatArray:
        """A quantile under the weights of each replicate, domain by domain, shape (R, D)."""
        rep = self.replicates
        weights = (rep.factors[:, rep.unit] * self.survey.weights).T
        columns = [invert(rank(values, weights * mask[:, None]), leaf.p, leaf.rule) for mask in masks.T]
        return np.stack(columns, axis=1)


def within_part(
    survey: WeightedSample, figures: Sequence[Figures], masks: BoolArray, form: str
) -> FloatArray | None:
    """What the errors inside the cities add to the covariance matrix; None if none were given."""
    errors = survey.errors
    if not errors.columns:
        return None
    table = {name: survey.table[name].to_numpy(dtype=np.float64) for name in errors.columns}
    gradients = []
    for part in figures:
        with located(f"estimate '{part.name}'"):
            gradients.append(
                error_gradients(errors, part.leaves, part.variables, part.found.gradient, masks, table)
            )
    stacked = np.concatenate(gradients, axis=1)
    weights = within_weights(survey.draw, survey.weights, form)
    unknown = np.isnan(errors.covariance).any(axis=0)
    total = within_cities(stacked, np.nan_to_num(errors.covariance), weights)
    used = (stacked != 0.0).any(axis=0)
    # Two figures that use columns of unknown covariance have an unknown covariance.
    total[(used.astype(float) @ unknown @ used.T) > 0.0] = np.nan
    return total


def variances_of(survey: WeightedSample, options: Options) -> Variances:
    """The way to covariances that the options ask for."""
    name = options.variance
    if options.form != "design" and name not in REPLICATE_METHODS:
        raise unknown_choice("form", options.form, "a form for replicates only; name it as the variance")
    delivered = survey.replicates
    if name == DELIVERED or (name == "design" and delivered is not None):
        if delivered is None:
            raise unknown_choice("variance", name, "another variance: no replicate weights were delivered")
        rows = np.arange(len(survey.weights), dtype=np.int64)
        factors = (delivered.weights / survey.weights[:, None]).T
        made = Replicates(delivered.method, rows, factors, delivered.scale, delivered.rscales, delivered.mse)
        return ByReplicates(survey, DELIVERED, made, "with_replacement")
    if name in REPLICATE_METHODS:
        form = variance_form(survey.draw, options.form)
        made = make_replicates(survey.draw, form, name, options.replicates, options.seed, options.fay)
        return ByReplicates(survey, name, made, form, options.seed if REPLICATE_METHODS[name].random else "")
    if name not in ("design", *FORMS):
        raise EstimateError(
            "ESTIMATE-CHOICE-UNKNOWN",
            f"There is no variance '{name}'.",
            where="variance",
            got=repr(name),
            remedy=did_you_mean(name, ["design", *VARIANCE_FORMS[survey.draw.method], *REPLICATE_METHODS]),
        )
    return ByForm(survey, variance_form(survey.draw, name))
