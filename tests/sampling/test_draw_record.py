"""The drawn sample and its record: states after a release, arrays that cannot be changed, refusals."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.sampling.methods import METHODS, VARIANCE_FORMS

Refused = Callable[..., AbstractContextManager[None]]


def frame() -> cs.CityFrame:
    k = np.arange(18)
    table = pd.DataFrame(
        {
            "id": [f"c{i:02d}" for i in k],
            "people": 10 + (k * 7 % 18) ** 1.3,
            "zone": np.where(k % 3 == 0, "N", "S"),
            "area": 5.0 + (k * 5 % 18),
            "lon": k / 10,
            "lat": (k * 11 % 18) / 10,
        }
    )
    return cs.CityFrame.from_table(table, id="id", size="people")


def drawn(method: str, substitutes: Any = 0, **options: Any) -> Any:
    balance = ["area"] if METHODS[method].balanced else []
    given = {"n": 9, "strata": ["zone"], "method": method, "balance": balance, "certainty": ["c04"]}
    return cs.SampleDesign(**{**given, **options}).plan(frame()).draw("record", substitutes=substitutes)


@pytest.mark.parametrize("method", METHODS)
def test_what_the_record_of_each_method_holds(method: str) -> None:
    sample = drawn(method)
    record = sample.record()
    about = METHODS[method]
    assert record.method == method == sample.plan.design.recorded_as
    assert record.method in VARIANCE_FORMS
    np.testing.assert_array_equal(record.pi, sample.cities["pi"])
    np.testing.assert_array_equal(record.certainty, sample.cities["certainty"])
    np.testing.assert_array_equal(record.weights(), sample.cities["design_weight"])
    assert (record.balance is not None) == about.balanced == bool(record.imbalance)
    assert (record.coordinates is not None) == about.spread
    assert record.position is None
    if record.balance is not None:
        np.testing.assert_array_equal(record.balance[:, 0], record.pi)
        np.testing.assert_array_equal(record.balance[:, 1], sample.cities["area"])
    for h, psus in record.random_psus():
        found = record.joint.get(h)
        if about.joint is None:
            assert found is None
        elif found is not None:
            assert found.shape == (psus.size, psus.size)
            # It is kept, because a variance asks for it once for each estimate.
            assert record.joint[h] is found


def test_the_joint_probabilities_are_a_mapping_of_strata() -> None:
    joint = drawn("sampford").record().joint
    assert (sorted(joint), len(joint)) == ([0, 1], 2)
    with pytest.raises(KeyError):
        joint[7]


@pytest.mark.parametrize("name", ["selected", "pi"])
def test_the_arrays_of_a_sample_cannot_be_changed(name: str) -> None:
    sample = drawn("srs", 1)
    with pytest.raises(ValueError, match="read-only"):
        getattr(sample, name)[0] = 0
    assert getattr(sample, name) is getattr(sample, name)
    again = replace(sample, added=("c00",))
    np.testing.assert_array_equal(getattr(again, name), getattr(sample, name))
    assert sample.plan.arrays.pi.flags.writeable


@pytest.mark.parametrize("method", ["srs", "pareto", "sampford", "pivotal", "cube"])
def test_states_of_a_sample_with_substitutes(method: str) -> None:
    start = drawn(method, {"N": 2, "S": 3})
    waiting = start.substitutes
    assert waiting["stratum"].astype(str).tolist() == ["N"] * 2 + ["S"] * 3
    assert waiting["substitute_rank"].tolist() == [1, 2, 1, 2, 3]
    state = start.release({"S": 1}).release({"S": 1, "N": 0})
    assert state.released == {"S": 2, "N": 0}
    assert (state.n, start.n) == (11, 9)
    assert state.pi.sum() == pytest.approx(11)
    taken = state.cities.index[state.cities["role"] == "substitute"]
    assert sorted(taken) == sorted(waiting.index[[2, 3]])
    assert state.substitutes.index.tolist() == waiting.index[[0, 1, 4]].tolist()
    # The other stratum is as it was.
    north = (start.plan.cities["stratum"] == "N").to_numpy()
    np.testing.assert_array_equal(state.pi[north], start.pi[north])
    assert start.released == {}


def test_a_stratum_that_is_taken_whole_after_a_release() -> None:
    sample = drawn("pareto", {"N": 99})
    (note,) = sample.drawn.decisions
    left = len(sample.substitutes)
    assert note.what.startswith(f"{left} in place of 99")
    state = sample.release({"N": left})
    north = state.cities[state.cities["stratum"] == "N"]
    assert len(north) == 6
    assert (north["pi"] == 1.0).all()
    assert north["certainty"].all()
    assert [state.record().strata[h] for h, _ in state.record().random_psus()] == ["S"]


def test_release_and_add_are_checked(refused: Refused) -> None:
    sample = drawn("srs", {"S": 2})
    for count in (3, -1, True, 1.5, "1", None):
        with refused("DATA-SUBSTITUTE-INVALID", "stratum 'S'", repr(count), "0 to 2"):
            sample.release({"S": count})
    with refused("DATA-SUBSTITUTE-INVALID", "stratum 'all'", "'S'"):
        sample.release(1)
    with refused("DATA-SUBSTITUTE-INVALID", "stratum 'T'", "Known"):
        sample.release({"T": 1})
    inside = sample.cities.index[0]
    with refused("DATA-ID-DUPLICATE", f"'{inside}'"):
        sample.add([inside])
    with refused("DATA-ID-NOT-SAMPLED", "'nowhere'"):
        sample.add(["nowhere"])
    outside = sample.frame.table.index[~sample.selected][:2].tolist()
    more = sample.add(outside)
    assert more.cities["role"].tolist()[-2:] == ["added", "added"]
    assert more.cities["design_weight"].tolist()[-2:] == [0.0, 0.0]
    assert (more.n, more.record().psu.size) == (9, 9)
    with refused("DATA-ID-DUPLICATE", f"'{outside[0]}'"):
        more.add([outside[0]])


@pytest.mark.parametrize("count", [-1, 1.5, True, "2", None])
def test_numbers_of_substitutes_are_checked(refused: Refused, count: Any) -> None:
    plan = cs.SampleDesign(n=9, strata=["zone"]).plan(frame())
    with refused("DESIGN-VALUE-INVALID", "substitutes", repr(count), "int >= 0"):
        plan.draw(1, substitutes=count)
    with refused("DESIGN-VALUE-INVALID", "stratum 'N'", repr(count)):
        plan.draw(1, substitutes={"N": count})


def test_what_substitutes_do_not_go_with(refused: Refused) -> None:
    with refused("DESIGN-OPTION-UNUSED", "'poisson'"):
        drawn("poisson", 1)
    with refused("DESIGN-OPTION-UNUSED", "'cube', over 'frame'"):
        drawn("cube", 1, over="frame")
    with refused("DESIGN-STRATUM-UNKNOWN", "'Z'", "Known"):
        drawn("srs", {"Z": 1})
    assert drawn("poisson", 0).drawn.reserve == {}


@pytest.mark.parametrize("method", ["srs", "poisson", "pareto"])
def test_a_shift_moves_the_sample_of_coordinated_methods(method: str) -> None:
    plan = cs.SampleDesign(n=9, method=method).plan(frame())
    plain, same, far = (plan.draw("s", shift=shift) for shift in (0.0, 1e-12, 0.5))
    assert plain.overlap(same).both == plain.n
    assert plain.overlap(far).both < plain.n


def test_a_shift_is_refused_for_other_methods(refused: Refused) -> None:
    plan = cs.SampleDesign(n=9, method="pivotal").plan(frame())
    with refused("DESIGN-COORDINATION-INVALID", "pivotal"):
        plan.draw("s", shift=0.25)


def test_brewer_has_exact_joint_probabilities_in_small_strata_only() -> None:
    found = {}
    for N in (14, 90):
        table = pd.DataFrame({"id": [f"c{k:02d}" for k in range(N)], "size": np.arange(9.0, 9.0 + N)})
        frame = cs.CityFrame.from_table(table, id="id", size="size")
        plan = cs.SampleDesign(n=5, method="brewer").plan(frame)
        found[N] = plan.draw("s").record().joint.get(0)
        if N == 14:
            whole = plan.joint("all").matrix
            np.testing.assert_allclose(whole.sum(axis=1), 5 * np.diagonal(whole), rtol=1e-12)
    assert found[14] is not None
    assert found[14].shape == (5, 5)
    assert found[90] is None
