"""Later rounds: a worked number for each case, and all samples of small frames enumerated."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.sampling.randomness import permanent_random_numbers

Refused = Callable[..., AbstractContextManager[None]]
Sample = cs.CitySample | cs.RoundSample

ZONES = {"N": ["a", "b", "c", "n"], "S": ["d", "e", "f", "s"]}
OLD = pd.DataFrame([(city, zone) for zone, ids in ZONES.items() for city in ids], columns=["id", "zone"])
"""Four cities in each zone; "n" and "s" cease before the second round."""
SECOND = pd.DataFrame(
    [
        ("a", "N", 3.0), ("bc", "N", 7.0), ("D", "S", 2.0), ("e1", "S", 5.0), ("e2", "S", 8.0),
        ("f", "S", 1.5), ("g", "N", 4.0), ("h", "N", 9.0), ("i", "N", 2.5), ("j", "S", 1.0),
    ],
    columns=["id", "zone", "y"],
)  # fmt: skip
LINKS = pd.DataFrame(
    [("b", "bc"), ("c", "bc"), ("d", "D"), ("e", "e1"), ("e", "e2")], columns=["old_id", "new_id"]
)
THIRD = pd.DataFrame(
    [
        ("abc", "N", 6.0), ("D", "S", 3.5), ("x", "S", 4.0), ("z", "S", 2.0), ("g", "N", 5.0),
        ("h", "N", 1.0), ("k", "N", 8.0),
    ],
    columns=["id", "zone", "y"],
)  # fmt: skip
LATER = pd.DataFrame(
    [("a", "abc"), ("bc", "abc"), ("e1", "x"), ("e2", "x"), ("e2", "z"), ("f", "z")],
    columns=["old_id", "new_id"],
)


def frame(table: pd.DataFrame) -> cs.CityFrame:
    return cs.CityFrame.from_table(table.drop(columns=["y"], errors="ignore"), id="id")


def sample_of(plan: cs.SamplePlan, drawn: str) -> cs.CitySample:
    return cs.CitySample.of_mask(plan, "seed", np.isin(plan.frame.table.index, drawn.split()))


def plan() -> cs.SamplePlan:
    return cs.SampleDesign(strata=["zone"], n=4).plan(frame(OLD))


def second(drawn: str) -> cs.RoundSample:
    return sample_of(plan(), drawn).next_round(frame(SECOND), LINKS, name="2030")


def data(table: pd.DataFrame, sample: Sample) -> pd.DataFrame:
    return table.set_index("id").loc[sample.cities.index, ["y"]].rename_axis("city_id")


def total(table: pd.DataFrame, sample: Sample) -> tuple[float, float]:
    row = sample.with_data(data(table, sample)).estimate("total(y)").rows[0]
    return row.estimate, row.se**2


def weights(sample: cs.RoundSample) -> dict[str, float]:
    return {str(city): float(weight) for city, weight in sample.cities["design_weight"].items()}


# what was drawn first, and the weights of the second round; pi = 1/2, births: 2 of 3 in N, all in S
CASES = [
    ("same", "a n d s", "a", 2.0),
    ("new id", "a n d s", "D", 2.0),
    ("merge, one part drawn", "a b d s", "bc", 1.0),
    ("merge, both parts drawn", "b c d s", "bc", 2.0),
    ("split", "a n e s", "e1", 2.0),
    ("split, the other part", "a n e s", "e2", 2.0),
    ("birth, all", "a n d s", "j", 1.0),
]


@pytest.mark.parametrize(("case", "drawn", "city", "weight"), CASES)
def test_a_worked_weight_for_each_case(case: str, drawn: str, city: str, weight: float) -> None:
    found = second(drawn)
    assert weights(found)[city] == pytest.approx(weight, rel=1e-15)
    assert found.cities.loc[city, "role"] == case.split(",", maxsplit=1)[0]
    assert bool(found.cities["pi"].isna()[city]) == case.startswith("merge")


def test_a_death_contributes_zero_and_stays_in_the_record() -> None:
    found = second("a n d s")
    assert found.ineligible.index.tolist() == ["n", "s"]
    assert sorted(weights(found)) == sorted({"a", "D", "j", *born(found)})
    record = found.record()
    assert record.pi.size == 4 + 3
    # The dead city is a zero in its stratum: V = N^2 (1 - f) s^2 / n with the values 3 and 0, then 2 and 0.
    value, variance = total(SECOND, found)
    births = SECOND.set_index("id").loc[born(found), "y"]
    assert value == pytest.approx(2 * 3 + 2 * 2 + 1.5 * births.sum() + 1.0)
    first = 16 * 0.5 / 2 * (np.var([3.0, 0.0], ddof=1) + np.var([2.0, 0.0], ddof=1))
    assert variance == pytest.approx(first + 9 * (1 / 3) / 2 * births.var())


def born(sample: cs.RoundSample) -> list[str]:
    """Births of zone N that were drawn: those with the smallest numbers."""
    u = permanent_random_numbers("seed", ["g", "h", "i"])
    chosen = sorted(np.array(["g", "h", "i"])[np.argsort(u)[:2]])
    assert [city for city in ("g", "h", "i") if city in sample.cities.index] == chosen
    return chosen


def test_a_regrouped_city_has_the_mean_of_its_own_links() -> None:
    links = pd.DataFrame([("a", "p"), ("b", "p"), ("b", "q"), ("c", "q")], columns=["old_id", "new_id"])
    table = pd.DataFrame([("p", "N", 1.0), ("q", "N", 2.0), ("d", "S", 0.0)], columns=["id", "zone", "y"])
    found = sample_of(plan(), "a b d e").next_round(frame(table), links)
    assert weights(found) == {"d": 2.0, "p": 2.0, "q": 1.0}
    assert found.cities["role"].to_dict() == {"d": "same", "p": "regrouped", "q": "regrouped"}


def test_a_certainty_city_merged_with_a_random_one() -> None:
    """The merged city is always in the sample; its weight is (1 + I/pi) / 2, and only I is random."""
    design = cs.SampleDesign(n=4, certainty=["a"])
    first = design.plan(frame(OLD))  # pi of the seven others: 3/7
    links = pd.DataFrame({"old_id": ["a", "b"], "new_id": ["ab", "ab"]})
    table = pd.DataFrame(
        [("ab", "N", 10.0), *((c, "S", float(k)) for k, c in enumerate("cdefns"))],
        columns=["id", "zone", "y"],
    )
    found = {
        drawn: sample_of(first, drawn).next_round(frame(table), links) for drawn in ("a b c d", "a c d e")
    }
    with_both, with_one = found.values()
    assert weights(with_both)["ab"] == pytest.approx((1 + 7 / 3) / 2)
    assert weights(with_one)["ab"] == pytest.approx(1 / 2)
    assert not with_both.cities.loc["ab", "certainty"]
    assert not with_one.cities.loc["ab", "certainty"]
    assert with_one.cities["pi"].isna()["ab"]
    # Half of y = 10 belongs to b: the values of the random part are 5, 0, 1 for b, c, d.
    assert total(table, with_both)[1] == pytest.approx(49 * (1 - 3 / 7) / 3 * np.var([5.0, 0.0, 1.0], ddof=1))


def test_parts_that_could_not_be_drawn_share_no_weight() -> None:
    """Below the take-none limit pi is 0: the merged city is weighted by the other part alone."""
    table = OLD.assign(size=[1.0, 5, 5, 5, 5, 5, 5, 5])
    old = cs.CityFrame.from_table(table, id="id", size="size")
    first = cs.SampleDesign(n=3, take_none=2.0).plan(old)
    links = pd.DataFrame({"old_id": ["a", "b"], "new_id": ["ab", "ab"]})
    new = frame(pd.DataFrame({"id": ["ab", *"cdefns"], "zone": "N"}))
    found = sample_of(first, "b c d").next_round(new, links)
    assert weights(found)["ab"] == pytest.approx(7 / 3)
    assert found.covered.all()
    alone = frame(pd.DataFrame({"id": ["a", *"cdefns"], "zone": "N"}))
    assert not sample_of(first, "b c d").next_round(alone).covered[0]


def all_samples() -> Iterator[cs.RoundSample]:
    first = plan()
    for north in itertools.combinations(ZONES["N"], 2):
        for south in itertools.combinations(ZONES["S"], 2):
            drawn = sample_of(first, " ".join((*north, *south)))
            middle = drawn.next_round(frame(SECOND), LINKS, name="2030")
            births = middle.births
            assert births is not None
            for names in itertools.combinations("ghi", 2):
                mask = np.isin(births.frame.table.index, [*names, "j"])
                born_now = cs.CitySample.of_mask(births.plan, "seed", mask)
                yield cs.RoundSample(drawn, middle.frame, middle.links, born_now, "2030")


def test_all_samples_of_the_second_round_are_unbiased_with_an_unbiased_variance() -> None:
    found = np.array([total(SECOND, sample) for sample in all_samples()])
    assert len(found) == 6 * 6 * 3
    assert found[:, 0].mean() == pytest.approx(SECOND["y"].sum(), rel=1e-12)
    assert found[:, 1].mean() == pytest.approx(found[:, 0].var(), rel=1e-12)


def test_all_samples_of_the_third_round_are_unbiased_with_an_unbiased_variance() -> None:
    """abc is merged from a city that stayed and a merged one; x and z are regrouped from split cities."""
    found, roles = [], set()
    for sample in all_samples():
        third = sample.next_round(frame(THIRD), LATER, name="2035")
        found.append(total(THIRD, third))
        roles |= set(third.cities["role"])
    values = np.array(found)
    assert len(values) == 108
    assert roles == {"merge", "same", "regrouped", "birth"}
    assert values[:, 0].mean() == pytest.approx(THIRD["y"].sum(), rel=1e-12)
    assert values[:, 1].mean() == pytest.approx(values[:, 0].var(), rel=1e-12)


def test_the_third_round_multiplies_the_parts() -> None:
    """abc = (a + bc)/2 and bc = (b + c)/2, so theta is 1/2, 1/4, 1/4 and w = 2 (1/2 + 1/4) for a and b."""
    third = second("a b d s").next_round(frame(THIRD), LATER, name="2035")
    assert weights(third)["abc"] == pytest.approx(1.5)
    assert weights(third)["D"] == 2.0
    assert third.number == 3
    assert third.seed == "seed"
    links = third.record().links
    assert links is not None
    row = third.cities.index.tolist().index("abc")
    assert links.share[links.row == row].tolist() == [0.5, 0.25]


def test_domains_count_the_cities_of_today_and_dead_cities_give_no_degrees_of_freedom() -> None:
    found = second("a n d s")
    estimates = found.with_data(data(SECOND, found)).estimate("total(y)", by="zone")
    rows = {row.domain: row for row in estimates.rows}
    assert rows["all"].estimate == pytest.approx(rows["N"].estimate + rows["S"].estimate)
    assert (rows["all"].N, rows["N"].N, rows["S"].N) == (10, 5, 5)
    assert (rows["N"].n, rows["S"].n) == (3, 2)
    # a and n were drawn in N, n is dead: one PSU with a city, so no df from it; one from the two births.
    assert (rows["N"].df, rows["S"].df, rows["all"].df) == (1, 0, 1)
    assert rows["all"].period == "2030"


@pytest.mark.parametrize(
    ("method", "form"), [("pareto", "syg"), ("cube", "design"), ("systematic", "design")]
)
def test_births_have_the_variance_of_their_own_draw(method: str, form: str) -> None:
    table = OLD.assign(size=[5.0, 6, 7, 8, 9, 4, 3, 5])
    balance = ["size"] if method == "cube" else []
    design = cs.SampleDesign(n=4, method=method, balance=balance)
    first = design.plan(cs.CityFrame.from_table(table, id="id", size="size"))
    found = first.draw("s").next_round(frame(SECOND), LINKS, name="2030")
    here = found.cities
    values = pd.DataFrame(
        {"y": np.where(here["role"] == "birth", [1.0 + k * k for k in range(len(here))], 0.0)}
    )
    survey = found.with_data(values.set_index(here.index))
    row = survey.estimate("total(y)", variance=form).rows[0]
    births = values["y"].to_numpy()[here["role"] == "birth"]
    assert births.size == 2  # births are one stratum: half of them, as 4 of the 8 cities were drawn first
    N, n = 4, births.size
    assert row.se**2 == pytest.approx(N**2 * (1 - n / N) / n * births.var(ddof=1))
    assert np.isfinite(row.df)


def test_random_numbers_are_those_of_the_first_id_through_two_renames() -> None:
    first = sample_of(plan(), "a b d e")
    once = frame(pd.DataFrame({"id": ["A1", *"bcndefs"], "zone": OLD["zone"]}))
    twice = frame(pd.DataFrame({"id": ["A2", *"bcndefs", "new"], "zone": [*OLD["zone"], "N"]}))
    middle = first.next_round(once, pd.DataFrame({"old_id": ["a"], "new_id": ["A1"]}), name="2030")
    third = middle.next_round(twice, pd.DataFrame({"old_id": ["A1"], "new_id": ["A2"]}), name="2035")
    expected = permanent_random_numbers("seed", ["a", "new"])
    assert middle.cities.loc["A1", "random_number"] == expected[0]
    assert third.cities.loc[["A2", "new"], "random_number"].tolist() == expected.tolist()
    register = third.register("2026")
    assert register.rounds == ("2026", "2030", "2035")
    assert register.to_frame().loc["A2", "first_id"] == "a"


def test_a_city_that_comes_back_under_its_later_id_is_drawn_by_its_first_number() -> None:
    first = sample_of(plan(), "a b d e")
    ids = [*"bcndefs"]
    zones = OLD["zone"].tolist()[1:]
    with_new = frame(pd.DataFrame({"id": ["A", *ids], "zone": ["N", *zones]}))
    gone = frame(pd.DataFrame({"id": ids, "zone": zones}))
    back = frame(pd.DataFrame({"id": ["A", "k1", "k2", *ids], "zone": ["N", "N", "N", *zones]}))
    last = (
        first.next_round(with_new, pd.DataFrame({"old_id": ["a"], "new_id": ["A"]}), name="2")
        .next_round(gone, name="3")
        .next_round(back, name="4")
    )
    u = permanent_random_numbers("seed", ["a", "k1", "k2"])
    assert last.births is not None
    chosen = np.array(["A", "k1", "k2"])[np.sort(np.argsort(u)[:2])]
    assert last.births.rows.index.tolist() == chosen.tolist()


def test_overlap_counts_the_cities_that_stay() -> None:
    found = second("a n d s")
    assert found.overlap(sample_of(plan(), "a n d s")).both == 1
    assert sample_of(plan(), "a n d s").overlap(found).only_second == len(found.cities) - 1


def test_refusals(refused: Refused) -> None:
    first = sample_of(plan(), "a n d s")
    new = frame(SECOND)
    with refused("FRAME-LINK-INVALID", "nowhere"):
        first.next_round(new, pd.DataFrame({"old_id": ["b"], "new_id": ["nowhere"]}))
    with refused("FRAME-LINK-INVALID", "unknown"):
        first.next_round(new, pd.DataFrame({"old_id": ["unknown"], "new_id": ["bc"]}))
    for births in (1, 0, True, 2.5):
        with refused("DESIGN-VALUE-INVALID", "births"):
            first.next_round(new, LINKS, births=births)  # type: ignore[arg-type]  # on purpose
    middle = first.next_round(new, LINKS, name="2030")
    with refused("DESIGN-REGISTER-INVALID", "'2030'"):
        middle.next_round(frame(THIRD), LATER, name="2030")
    reused = pd.DataFrame({"id": ["d", *SECOND["id"]], "zone": ["S", *SECOND["zone"]]})
    with refused("DESIGN-REGISTER-INVALID", "'d'"):
        middle.next_round(frame(reused))
    with refused("FRAME-COLUMN-UNKNOWN", "zone"):
        first.next_round(frame(SECOND.drop(columns=["zone"])), LINKS)
    assert middle.warnings == ()
    assert [decision.rule for decision in middle.decisions].count("births") == 2
