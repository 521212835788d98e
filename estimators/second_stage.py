"""The second stage: what the errors inside the cities add to the variance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import EstimateError, quoted
from citysample.estimators.forms.stratified import share_of_cities
from citysample.estimators.functions.term import Leaf, Term
from citysample.reference_frames.columns import BoolArray, FloatArray

if TYPE_CHECKING:
    from citysample.sampling.record import DrawRecord
    from citysample.weighting.city_errors import CityErrors

__all__ = ["common_shift", "error_gradients", "within_cities", "within_weights"]


def within_cities(gradients: FloatArray, covariance: FloatArray, weights: FloatArray) -> FloatArray:
    """What the errors inside the cities add to the covariance matrix of q estimators.

    Parameters
    ----------
    gradients : array (n, q, c)
        Derivative of the linearised variable z_k of each estimator by each of the c columns in city k.
    covariance : array (n, c, c)
        Covariance matrix of the columns in each city.
    weights : array (n,)
        w_k for cities whose errors are not in the first-phase term yet, else 0.

    Returns
    -------
    array (q, q)
        sum_k w_k v(z_k), with v(z_k) = g_k' V_k g_k on the scale of the linearised variable.

    Notes
    -----
    For a ratio R = Y/X it is v(z_k) = (v(y) - 2 R c(y, x) + R^2 v(x)) / X^2. The variance of the raw y_k in
    its place is far too large where y and x are measured together.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, result 4.3.2.
    Wolter, K. M. (2007). Introduction to Variance Estimation, 2nd ed., app. D on measurement errors.

    Examples
    --------
    >>> one, v = np.ones((2, 1, 1)), np.array([[[4.0]], [[1.0]]])
    >>> within_cities(one, v, np.array([3.0, 1.0])).round(9).tolist()
    [[13.0]]
    """
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.clip(values, 0.0, None) * weights[:, None])[:, None, :]
    parts = np.einsum("kqc,kcr->krq", gradients, root).reshape(-1, gradients.shape[1])
    return np.asarray(parts.T @ parts, dtype=np.float64)


def within_weights(draw: DrawRecord, weights: FloatArray, form: str) -> FloatArray:
    """The weight of each city's own variance, shape (n,): w_k, or 0 where the form holds it already.

    A with-replacement form compares the cities as they were measured, so it holds the errors inside the
    random cities. A form without replacement holds only (1 - pi_k) of them in expectation.
    """
    if form == "with_replacement":
        return np.where(draw.certain_rows(), weights, 0.0)
    if draw.links is None:
        return weights
    share = share_of_cities(draw, form)
    return np.asarray(share[draw.city_rows()] * draw.conditional_pi() * weights**2, dtype=np.float64)


def error_gradients(
    errors: CityErrors,
    leaves: Sequence[Leaf],
    variables: FloatArray,
    gradient: FloatArray,
    masks: BoolArray,
    table_columns: dict[str, FloatArray],
) -> FloatArray:
    """Derivative of the linearised variables by the columns that were measured with error.

    Parameters
    ----------
    errors : CityErrors
        The c columns and their covariances.
    leaves : sequence of Leaf, length p
        The totals of the expression.
    variables : array (n, p)
        Their variables.
    gradient : array (D, p)
        Partial derivatives of the expression in each domain.
    masks : array (n, D) of bool
        True for the units of each domain.
    table_columns : dict of str to array (n,)
        The columns themselves, for the logarithms.

    Returns
    -------
    array (n, D, c)

    Raises
    ------
    EstimateError
        ``ESTIMATE-ERRORS-INVALID``: the expression takes such a column in another way than as a total, or
        two columns whose covariance is not known.
    """
    n, D = masks.shape
    result = np.zeros((n, D, len(errors.columns)))
    used = []
    for j, leaf in enumerate(leaves):
        touched = [name for name in leaf.columns if name in errors.columns]
        if not touched:
            continue
        plain = isinstance(leaf, Term) and leaf.times is None and leaf.level is None and not leaf.binary
        if not plain:
            raise _no_rule(touched)
        assert isinstance(leaf, Term)
        c = errors.columns.index(leaf.column)
        used.append(c)
        inside = np.ones(n) if leaf.stratum is None else (variables[:, j] != 0.0).astype(np.float64)
        slope = inside / table_columns[leaf.column] if leaf.logarithm else inside
        result[:, :, c] += slope[:, None] * gradient[:, j] * masks
    _refuse_unknown_covariance(errors, sorted(set(used)))
    return result


def common_shift(
    relative: float,
    column: str,
    leaves: Sequence[Leaf],
    variables: FloatArray,
    gradient: FloatArray,
    weights: FloatArray,
    masks: BoolArray,
) -> FloatArray:
    """How far an error that all cities share in a column would move the estimates, shape (D,).

    To first order it is the relative error times sum_j f_j'(T-hat) T-hat_j over the totals j of the column.
    Such an error is a bias: it does not shrink with more cities, and no standard error shows it.
    """
    shift = np.zeros(masks.shape[1])
    for j, leaf in enumerate(leaves):
        if column in leaf.columns and isinstance(leaf, Term):
            moved = np.ones(weights.size) if leaf.logarithm else variables[:, j]
            shift += gradient[:, j] * (masks.T @ (weights * moved)) * leaf.columns.count(column)
    return relative * shift


def _no_rule(columns: list[str]) -> EstimateError:
    return EstimateError(
        "ESTIMATE-ERRORS-INVALID",
        "The errors inside the cities cannot be carried into this estimate.",
        where=f"columns {quoted(columns)}",
        got="a quantile, a proportion, or a product of columns",
        expected="totals, means, ratios, geometric means and functions of them",
        remedy="Estimate it from a sample without these standard errors; say that they are left out.",
    )


def _refuse_unknown_covariance(errors: CityErrors, used: list[int]) -> None:
    unknown = [
        (errors.columns[c], errors.columns[other])
        for i, c in enumerate(used)
        for other in used[i + 1 :]
        if np.isnan(errors.covariance[:, c, other]).any()
    ]
    if unknown:
        raise EstimateError(
            "ESTIMATE-ERRORS-INVALID",
            "The covariance of two columns inside the cities is not known.",
            where=f"columns {quoted(unknown)}",
            got="standard errors only",
            expected="a column of covariances, or 0 if the two were measured independently",
            remedy="Give errors={('y', 'x'): 'column'}, or ('y', 'x'): 0.",
        )
