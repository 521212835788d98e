"""Samples in stages drawn elsewhere: who holds whom, probabilities and weights of each stage, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Refused

import citysample as cs
from citysample.estimators.forms.stratified import design_covariance
from citysample.sampling.stages.stage import Stage

from_table = cs.CitySample.from_table


def homes(**change: Any) -> pd.DataFrame:
    """Districts d, e of zone N and f of zone S; blocks 1 and 2 in each, and homes in the blocks."""
    start = pd.DataFrame(
        {
            "zone": list("NNNNNSS"),
            "district": list("eeeddff"),
            "block": [1, 1, 2, 1, 2, 1, 2],
            "districts": [6, 6, 6, 6, 6, 1, 1],
            "blocks": [4, 4, 4, 2, 2, 8, 8],
            "homes": [10, 10, 5, 3, 1, 6, 6],
            "y": [1.0, 4.0, 2.0, 7.0, 5.0, 3.0, 9.0],
            "p1": [0.5, 0.5, 0.5, 0.2, 0.2, 0.4, 0.4],
            "p2": [0.5, 0.5, 0.25, 1.0, 0.5, 0.8, 0.4],
            "w": [3.0, 3.0, 6.0, 2.0, 4.0, 5.0, 5.0],
        }
    )
    return start.assign(**change)


STAGES: dict[str, Any] = {
    "strata": "zone",
    "psu": ["district", "block", None],
    "fpc": ["districts", "blocks", "homes"],
}


def covariance(survey: cs.WeightedSample, form: str) -> float:
    z = survey.table[["y"]].to_numpy(dtype=np.float64)
    return float(design_covariance(z, survey.weights, survey.draw, form)[0, 0])


def test_three_stages_with_fpc() -> None:
    survey = from_table(homes(), **STAGES)
    blocks, rows = survey.draw.stages
    assert survey.draw.strata == ("N", "S")
    assert survey.draw.pi.tolist() == [2 / 6, 2 / 6, 1.0]
    assert survey.draw.certainty.tolist() == [False, False, True]
    assert blocks.units == ("d/1", "d/2", "e/1", "e/2", "f/1", "f/2")
    assert blocks.parents == ("d", "d", "e", "e", "f", "f")
    assert blocks.parent_rows.tolist() == [0, 0, 1, 1, 2, 2]
    assert blocks.pi.tolist() == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    assert blocks.N.tolist() == [2, 2, 4, 4, 8, 8]
    assert rows.units == tuple("1234567")
    assert rows.parents == ("e/1", "e/1", "e/2", "d/1", "d/2", "f/1", "f/2")
    np.testing.assert_allclose(rows.pi, [0.2, 0.2, 0.2, 1 / 3, 1.0, 1 / 6, 1 / 6])
    np.testing.assert_allclose(survey.weights, [30, 30, 30, 9, 3, 24, 24])
    np.testing.assert_allclose(survey.weights, survey.draw.weights())
    assert (survey.table.index.name, blocks.stage, rows.stage, blocks.method) == ("unit_id", 2, 3, "srs")


def test_rows_of_the_last_units_are_all_in_the_sample() -> None:
    """Without the third stage the homes of a block are all of them: no variance inside blocks."""
    survey = from_table(homes(), strata="zone", psu=["district", "block"], fpc=["districts", "blocks"])
    assert survey.draw.stages[1].pi.tolist() == [1.0] * 7
    assert survey.draw.stages[1].N.tolist() == [2, 2, 1, 1, 1, 1, 1]
    np.testing.assert_allclose(survey.weights, [6, 6, 6, 3, 3, 4, 4])


def test_an_inner_stage_that_takes_all_adds_nothing() -> None:
    table = homes().iloc[:5].assign(blocks=2, y=[1.0, 4.0, 2.0, 7.0, 5.0])
    two = from_table(table, psu=["district", "block"], fpc=["districts", "blocks"])
    one = from_table(table, psu="district", fpc="districts")
    assert two.weights.tolist() == one.weights.tolist()
    assert covariance(two, "srs") == pytest.approx(covariance(one, "srs"), rel=1e-14)


def test_strata_inside_units() -> None:
    table = homes(kind=list("ababaab"), n_kind=[3, 4, 3, 5, 2, 4, 6]).iloc[:5]
    survey = from_table(table, psu=["district", None], strata=[None, "kind"], fpc=["districts", "n_kind"])
    assert survey.draw.strata == ("all",)
    assert survey.draw.stages[0].strata == tuple("ababa")
    np.testing.assert_allclose(survey.draw.stages[0].pi, [2 / 3, 1 / 4, 2 / 3, 1 / 5, 1 / 2])


def test_unequal_probabilities_at_both_stages() -> None:
    survey = from_table(homes(), psu=["district", "block"], pi=["p1", "p2"], method="pareto")
    assert survey.draw.pi.tolist() == [0.2, 0.5, 0.4]
    assert (survey.draw.method, survey.draw.stages[0].method) == ("pareto", "pareto")
    assert survey.draw.stages[0].pi.tolist() == [1.0, 0.5, 0.5, 0.25, 0.8, 0.4]
    np.testing.assert_allclose(survey.weights, [4, 4, 8, 5, 10, 3.125, 6.25])
    assert survey.draw.stages[0].N.tolist() == [0] * 6


def test_unequal_probabilities_first_and_counts_inside() -> None:
    options: dict[str, Any] = {"pi": ["p1", None], "fpc": [None, "homes"], "method": "systematic"}
    survey = from_table(homes(homes=10), psu=["district", None], **options)
    assert (survey.draw.method, survey.draw.stages[0].method) == ("systematic", "srs")
    np.testing.assert_allclose(survey.weights, 1 / (homes()["p1"] * [0.3, 0.3, 0.3, 0.2, 0.2, 0.2, 0.2]))


def test_the_method_of_each_stage_may_be_said() -> None:
    survey = from_table(
        homes(), psu=["district", "block"], pi=["p1", "p2"], method=["brewer", "systematic"]
    )  # fmt: skip
    assert (survey.draw.method, survey.draw.stages[0].method) == ("brewer", "systematic")


def test_with_replacement_needs_no_later_stage() -> None:
    survey = from_table(homes(), psu=["district", "block"], weights="w", method="with_replacement")
    assert survey.draw.stages == ()
    assert survey.draw.psu.tolist() == [1, 1, 1, 0, 0, 2, 2]
    alone = from_table(homes(), psu="district", weights="w", method="with_replacement")
    assert covariance(survey, "with_replacement") == covariance(alone, "with_replacement") > 0


def test_with_replacement_keeps_the_stages_inside_certainty_units() -> None:
    options: dict[str, Any] = {"weights": "w", "method": "with_replacement", "certainty": "sure"}
    sure = homes(sure=homes()["district"] == "f")
    known = from_table(sure, psu=["district", "block"], fpc=[None, "blocks"], **options)
    assert known.draw.stages[0].pi.tolist() == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    alone = from_table(sure, psu="district", **options)
    # Inside f: 2 blocks with totals 5 x 3 and 5 x 9; with replacement 2/1 times the sum of squares.
    inside = 2.0 * ((15 - 30) ** 2 + (45 - 30) ** 2)
    assert covariance(known, "with_replacement") == pytest.approx(
        covariance(alone, "with_replacement") + inside, rel=1e-12
    )


def test_certainty_units_whose_inside_is_not_known_are_refused(refused: Refused) -> None:
    sure = homes(sure=homes()["district"] == "f")
    with refused("DATA-FPC-MISSING", "stage 2", "all of the variance", "[None, 'N2']"):
        from_table(
            sure, psu=["district", "block"], weights="w", method="with_replacement", certainty="sure"
        )  # fmt: skip


def test_nested_labels() -> None:
    """Districts are numbered anew in each zone."""
    table = homes(district=[1, 1, 1, 2, 2, 1, 1])
    survey = from_table(table, nest=True, **STAGES)
    plain = from_table(homes(district=[1, 1, 1, 2, 2, 3, 3]), **STAGES)
    assert survey.weights.tolist() == plain.weights.tolist()
    assert survey.draw.stages[0].parents[:1] == ("N/1",)
    assert covariance(survey, "with_replacement") == covariance(plain, "with_replacement")


def test_nested_labels_inside_units() -> None:
    """Blocks are numbered anew in each kind of each district."""
    table = homes(kind=list("aabaabb"), block=1, n_kind=9).iloc[:5]
    options: dict[str, Any] = {"psu": ["district", "block"], "fpc": ["districts", "n_kind"]}
    survey = from_table(table, strata=[None, "kind"], nest=True, **options)
    assert survey.draw.stages[0].units == ("d/a/1", "e/a/1", "e/b/1")


@given(st.permutations(range(7)))
def test_the_order_of_rows_is_irrelevant(order: list[int]) -> None:
    table = homes().assign(id=list("abcdefg"))
    survey, shuffled = from_table(table, id="id", **STAGES), from_table(table.iloc[order], id="id", **STAGES)
    assert shuffled.draw.stages[0].units == survey.draw.stages[0].units
    assert shuffled.draw.stages[1].units == tuple("abcdefg"[row] for row in order)
    np.testing.assert_allclose(shuffled.weights, survey.weights[order])
    expected = covariance(survey, "with_replacement")
    assert covariance(shuffled, "with_replacement") == pytest.approx(expected, rel=1e-12)


def test_the_record_of_units_drawn_here_comes_back_from_their_table() -> None:
    people = [17, 5, 9, 30, 12, 8]
    frame = cs.CityFrame.from_table(
        pd.DataFrame({"id": list("abcdef"), "people": people, "zone": list("NNNSSS")}), id="id", size="people"
    )
    areas = pd.DataFrame([(city, str(k)) for city in "abcdef" for k in range(5)], columns=["city", "area"])
    sample = cs.SampleDesign(strata=["zone"], n=4).plan(frame).draw("seed")
    staged = sample.draw_units(Stage(unit="area", city="city", n=2), areas)
    units = staged.units.assign(area=lambda t: [name.split("/")[1] for name in t.index], N_h=3, M=5)
    here = staged.record()
    there = from_table(
        units.reset_index(), id="unit_id", strata="stratum", psu=["city_id", "area"], fpc=["N_h", "M"]
    ).draw
    assert there.strata == here.strata
    for name in ("psu", "stratum", "pi", "certainty"):
        np.testing.assert_array_equal(getattr(there, name), getattr(here, name))
    np.testing.assert_array_equal(there.stages[0].pi, here.stages[0].pi)
    np.testing.assert_array_equal(there.stages[0].parent_rows, here.stages[0].parent_rows)
    np.testing.assert_array_equal(there.stages[0].N, here.stages[0].N)


# what, changed columns, options, code, words
CASES: list[tuple[str, dict[str, Any], dict[str, Any], str, tuple[str, ...]]] = [
    (
        "fpc of one stage of three",
        {},
        {"fpc": "districts"},
        "DATA-FPC-MISSING",
        ("stage 2", "a list with an entry for each stage", "'with_replacement'"),
    ),
    ("short fpc", {}, {"fpc": ["districts", "blocks"]}, "DESIGN-VALUE-INVALID", ("2 entries", "3, one for")),
    (
        "long strata",
        {},
        {"strata": ["zone", None, None, None]},
        "DESIGN-VALUE-INVALID",
        ("'strata'", "4 entr"),
    ),
    ("short pi", {}, {"pi": ["p1"]}, "DESIGN-VALUE-INVALID", ("'pi'", "1 entries")),
    ("methods", {}, {"method": ["srs", "srs"]}, "DESIGN-VALUE-INVALID", ("'method'", "2 entries")),
    ("no stage", {}, {"psu": []}, "DESIGN-VALUE-INVALID", ("'psu'", "a column for each stage")),
    ("hole", {}, {"psu": [None, "district", "block"]}, "DESIGN-VALUE-INVALID", ("None at the last one",)),
    ("psu as number", {}, {"psu": 5}, "DESIGN-VALUE-INVALID", ("psu = 5", "a list of names")),
    ("method as number", {}, {"method": 5}, "DESIGN-VALUE-INVALID", ("method = 5",)),
    ("nest as text", {}, {"nest": "yes"}, "DESIGN-VALUE-INVALID", ("nest = 'yes'", "True or False")),
    ("weights as list", {}, {"weights": ["w"]}, "DESIGN-VALUE-INVALID", ("weights = ['w']", "one column")),
    ("certainty as number", {}, {"certainty": 1}, "DESIGN-VALUE-INVALID", ("certainty = 1", "a list of ids")),
    ("balance as number", {}, {"balance": 5}, "DESIGN-VALUE-INVALID", ("balance = 5",)),
    ("number as column", {}, {"pi": [0.5, None, None]}, "DESIGN-VALUE-INVALID", ("'pi'", "pi = [0.5")),
    (
        "method of a later stage",
        {},
        {"fpc": ["districts", None, "homes"], "pi": [None, "p2", None]},
        "DESIGN-VALUE-INVALID",
        ("stage 2", "'srs'", "method = ['srs', 'pivotal']"),
    ),
    (
        "with replacement inside",
        {},
        {"method": ["srs", "with_replacement", "srs"]},
        "DESIGN-VALUE-INVALID",
        ("stage 2", "'with_replacement'"),
    ),
    (
        "unknown method inside",
        {},
        {"method": ["srs", "sr", "srs"]},
        "DESIGN-METHOD-UNKNOWN",
        ("stage 2", "'sr'"),
    ),
    (
        "no pi inside",
        {},
        {"method": ["srs", "pareto", "srs"], "fpc": ["districts", None, "homes"]},
        "DATA-WEIGHT-INVALID",
        ("stage 2", "Method 'pareto'", "no pi"),
    ),
    (
        "fpc below n inside",
        {"blocks": [4, 4, 4, 2, 2, 1, 1]},
        {},
        "DATA-WEIGHT-INVALID",
        ("'f', stratum 'all'", "2 sampled units of stage 2", "'f/1', 'f/2'", "fpc = 1", "N_h >= 2"),
    ),
    (
        "fpc varies inside",
        {"blocks": [4, 4, 5, 2, 2, 8, 8]},
        {},
        "DATA-FPC-VARIES",
        ("'blocks' is not constant in a unit of stage 1", "cities '3'"),
    ),
    (
        "counts and fractions",
        {"blocks": [4, 4, 4, 2, 2, 0.5, 0.5]},
        {},
        "DATA-WEIGHT-INVALID",
        ("'f', stratum 'all'", "fpc = 0.5", "or fractions for all"),
    ),
    ("missing fpc inside", {"blocks": [4, 4, 4, 2, 2, None, 8]}, {}, "DATA-VALUE-MISSING", ("cities '6'",)),
    ("text", {"homes": ["x"] * 7}, {}, "DATA-NUMBER-TEXT", ("'homes'",)),
    (
        "unit in two strata",
        {"kind": list("abaaaaa")},
        {"strata": [None, "kind", None]},
        "DATA-PSU-NOT-NESTED",
        ("column 'block': '1'", "nest = True"),
    ),
    (
        "district in two zones",
        {"zone": list("NSNNNSS")},
        {},
        "DATA-PSU-NOT-NESTED",
        ("column 'district': 'e'", "nest = True"),
    ),
    (
        "unknown column",
        {},
        {"psu": ["district", "blok", None]},
        "DATA-COLUMN-UNKNOWN",
        ("'blok'", "'block'?"),
    ),
]


@pytest.mark.parametrize(("what", "change", "options", "code", "words"), CASES, ids=[row[0] for row in CASES])
def test_stages_that_are_refused(
    refused: Refused,
    what: str,
    change: dict[str, Any],
    options: dict[str, Any],
    code: str,
    words: tuple[str, ...],
) -> None:
    assert what
    with refused(code, *words):
        from_table(homes(**change), **(STAGES | options))


def test_a_varying_probability_inside_is_refused(refused: Refused) -> None:
    with refused("DATA-FPC-VARIES", "'p2' is not constant in a unit of stage 2", "cities '2'"):
        table = homes(p2=[0.5, 0.6, 0.25, 1.0, 0.5, 0.8, 0.4])
        from_table(table, psu=["district", "block"], pi=["p1", "p2"], method="pareto")


def test_many_rows() -> None:
    """20,000 rows in 5,000 units of 1,000 strata."""
    n = 20_000
    rows = np.arange(n)
    table = pd.DataFrame({"unit": rows // 4, "zone": (rows // 4) % 1000, "N": 50, "M": 9, "y": 1.0})
    survey = from_table(table, strata="zone", psu=["unit", None], fpc=["N", "M"])
    assert survey.weights.sum() == pytest.approx(1000 * 50 * 9)
    assert len(survey.draw.strata) == 1000
