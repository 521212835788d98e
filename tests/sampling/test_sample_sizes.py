"""All selectors of fixed size refuse probabilities that do not add up to a whole number."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conftest import Refused

from citysample.sampling.methods import METHODS
from citysample.sampling.select.size import sample_size
from citysample.sampling.tasks import SelectionTask

FIXED = [name for name, method in METHODS.items() if method.fixed_size]


@pytest.mark.parametrize("name", FIXED)
@pytest.mark.parametrize("ordered", [False, True])
def test_a_sum_that_is_no_whole_number_is_refused(name: str, ordered: bool, refused: Refused) -> None:
    method, N = METHODS[name], 10
    line = np.arange(float(N))
    task = SelectionTask(
        pi=np.full(N, 0.24),
        balance=line[:, None] + 1.0,
        coordinates=line[:, None],
        order=np.arange(N) if ordered and method.ordered != "never" else None,
    )
    u = np.linspace(0.01, 0.99, method.count(N, 2))
    with refused("DESIGN-VALUE-INVALID", "whole number", "2.4"):
        method.select(task, u)


def test_strata_of_a_balanced_draw_have_whole_sizes_too(refused: Refused) -> None:
    pi = np.array([0.3, 0.3, 0.6, 0.8])
    task = SelectionTask(pi=pi, balance=np.zeros((4, 0)), strata=np.array([0, 0, 1, 1]))
    with refused("DESIGN-VALUE-INVALID", "whole number"):
        METHODS["cube"].select(task, np.full(METHODS["cube"].count(4, 2), 0.4))


def test_rounding_is_no_reason() -> None:
    assert sample_size(np.full(1_000_000, 0.1)) == 100_000
    assert sample_size(np.array([0.1, 0.2, 0.7])) == 1


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_sum_that_does_not_exist_is_refused(value: float, refused: Refused) -> None:
    with refused("DESIGN-VALUE-INVALID", "whole number"):
        sample_size(np.array([0.5, value]))
