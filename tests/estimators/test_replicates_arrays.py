"""Totals and covariances of replicates, Hadamard matrices, cells of a form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.estimators.replicate_draws import values

from citysample.estimators.replicates import replicates
from citysample.estimators.replicates.cells import cells_of, differences
from citysample.estimators.replicates.hadamard import hadamard_matrix, hadamard_order
from citysample.estimators.replicates.replicates import replicate_covariance, replicate_totals


def test_the_columns_of_hadamard_matrices_are_orthogonal() -> None:
    orders = sorted({hadamard_order(least) for least in range(1, 300)})
    assert orders[:14] == [1, 2, 4, 8, 12, 16, 20, 24, 32, 40, 44, 48, 60, 64]
    for order in orders:
        matrix = hadamard_matrix(order)
        assert (matrix.T @ matrix == order * np.eye(order)).all()
        assert (np.abs(matrix) == 1.0).all()
        assert (matrix[:, 0] == 1.0).all()
    assert len(orders) > 40
    gaps = np.diff(np.array(orders, dtype=np.float64)) / np.array(orders[:-1])
    assert gaps[3:].max() <= 0.5
    with pytest.raises(ValueError, match="order 28"):
        hadamard_matrix(28)


def test_totals_of_replicates_are_sums_in_any_block(monkeypatch: pytest.MonkeyPatch) -> None:
    totals, factors = values(7, 5), values(70, 1, key=9).reshape(10, 7) / 100.0
    expected = np.array(
        [[sum(factors[r, k] * totals[k, c] for k in range(7)) for c in range(5)] for r in range(10)]
    )
    np.testing.assert_allclose(replicate_totals(totals, factors), expected, rtol=1e-12)
    monkeypatch.setattr(replicates, "BLOCK", 3)
    np.testing.assert_allclose(replicate_totals(totals, factors), expected, rtol=1e-12)
    assert replicate_totals(np.zeros((0, 2)), np.zeros((3, 0))).tolist() == [[0.0, 0.0]] * 3


@given(st.integers(2, 8), st.integers(1, 3), st.booleans())
def test_the_covariance_is_its_definition(R: int, q: int, mse: bool) -> None:
    estimates, full = values(R, q), values(q, 1, key=3)[:, 0]
    rscales = values(R, 1, key=5)[:, 0] / 100.0
    rscales[0] = 0.0
    centre = full if mse else estimates[1:].mean(axis=0)
    expected = sum(
        0.3 * rscales[r] * np.outer(estimates[r] - centre, estimates[r] - centre) for r in range(R)
    )
    found = replicate_covariance(estimates, full, 0.3, rscales, mse)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("mse", [True, False])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_estimate_that_a_replicate_does_not_have_is_nan(bad: float, mse: bool) -> None:
    estimates, full = values(6, 3), np.array([1.0, 2.0, 3.0])
    whole = replicate_covariance(estimates, full, 0.5, np.ones(6), mse)
    estimates[2, 1] = bad
    found = replicate_covariance(estimates, full, 0.5, np.ones(6), mse)
    np.testing.assert_array_equal(np.isnan(found), [[False, True, False], [True] * 3, [False, True, False]])
    np.testing.assert_array_equal(found[np.ix_([0, 2], [0, 2])], whole[np.ix_([0, 2], [0, 2])])
    full[1] = bad
    assert np.isnan(replicate_covariance(values(6, 3), full, 0.5, np.ones(6), mse)[1]).all()
    # A replicate that does not count may be without a value.
    rscales = np.ones(6)
    rscales[2] = 0.0
    kept = replicate_covariance(estimates, np.ones(3), 0.5, rscales, mse)
    assert np.isfinite(kept).all()


def test_cells_are_what_a_form_links() -> None:
    matrix = np.zeros((6, 6))
    matrix[np.ix_([0, 3], [0, 3])] = [[1.0, -1.0], [-1.0, 1.0]]
    matrix[np.ix_([1, 4], [1, 4])] = [[1.0, -1.0], [-1.0, 1.0]]
    matrix[5, 5] = 2.0
    cells = cells_of(matrix, ["A", "B", "C", "A", "C", "A"])
    assert [(cell.label, cell.units.tolist()) for cell in cells] == [
        ("A", [0, 3]),
        ("B + C", [1, 4]),
        ("A (2)", [5]),
    ]
    assert [cell.common_factor() for cell in cells] == [1.0, 1.0, 2.0]


def test_differences_are_those_of_a_path_or_a_circle_only() -> None:
    path = np.array([[1.0, -1.0, 0.0], [-1.0, 3.0, -2.0], [0.0, -2.0, 2.0]])
    circle = 3.0 * np.eye(3) - 1.0
    compared = 0
    for matrix in (path, circle, path + np.diag([0.0, 0.0, 4.0])):
        found = differences(matrix)
        assert found is not None
        np.testing.assert_allclose(found.T @ found, matrix, atol=1e-12)
        compared += 1
    assert compared == 3
    assert differences(4.0 * np.eye(4) - 1.0) is None
    assert differences(np.array([[1.0, 1.0], [1.0, 1.0]])) is None
    assert differences(np.array([[1.0, -2.0], [-2.0, 1.0]])) is None
