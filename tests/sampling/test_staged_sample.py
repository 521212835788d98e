"""Units inside sampled cities, end to end: the words, the tables, the data, a third stage, a later round."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.sampling.methods import METHODS

Refused = Callable[..., AbstractContextManager[None]]
AREAS = 6
HOMES = 5


def frame(cities: int = 12) -> cs.CityFrame:
    table = pd.DataFrame(
        {
            "city_id": [f"{k:02d}" for k in range(cities)],
            "population": [1000.0 + 400 * k for k in range(cities)],
            "region": ["North" if k % 2 else "South" for k in range(cities)],
        }
    )
    return cs.CityFrame.from_table(table, size="population")


def sample(**design: object) -> cs.CitySample:
    words: dict[str, object] = {"strata": ["region"], "n": 6, **design}
    return cs.SampleDesign(**words).plan(frame()).draw("STAGES")  # type: ignore[arg-type]


def areas(cities: int = 12) -> pd.DataFrame:
    rows = [
        (f"{city:02d}", f"a{k}", 20.0 + 7 * k + city, "core" if k < 2 else "edge")
        for city in range(cities)
        for k in range(AREAS)
    ]
    return pd.DataFrame(rows, columns=["city_id", "area", "homes", "kind"])


def homes() -> pd.DataFrame:
    listed = areas()
    rows = [
        (city, area, f"h{k}")
        for city, area in zip(listed["city_id"], listed["area"], strict=True)
        for k in range(HOMES)
    ]
    return pd.DataFrame(rows, columns=["city_id", "area", "home"])


def test_a_worked_table_of_units() -> None:
    drawn = sample(certainty=["11"])
    units = drawn.draw_units(cs.Stage("area", 2), areas())
    table = units.units
    assert repr(units) == "StagedSample(n=12 units in 6 cities)"
    assert table.index.name == "unit_id"
    assert table.columns.tolist() == [
        "city_id", "population", "region", "area", "homes", "kind", "stratum", "pi_1", "pi_2", "pi",
        "certainty", "design_weight",
    ]  # fmt: skip
    assert (table["city_id"] + "/" + table["area"]).tolist() == table.index.tolist()
    assert table["pi_1"].tolist() == drawn.cities["pi"][table["city_id"]].tolist()
    assert table["stratum"].tolist() == drawn.cities["stratum"][table["city_id"]].tolist()
    assert set(table["pi_2"]) == {2 / AREAS}
    np.testing.assert_allclose(table["pi"], table["pi_1"] * table["pi_2"], rtol=1e-15)
    np.testing.assert_allclose(table["design_weight"] * table["pi"], 1.0, rtol=1e-15)
    assert not table["certainty"].any()
    listed = areas().set_index("city_id", drop=False)
    for unit, row in table.iterrows():
        city = listed.loc[row["city_id"]]
        assert row["homes"] == city[city["area"] == row["area"]]["homes"].iloc[0], unit


@pytest.mark.parametrize("method", [m for m in METHODS if not (METHODS[m].balanced or METHODS[m].spread)])
@pytest.mark.parametrize("size", [None, "homes"])
def test_each_method_without_auxiliaries_draws_units(method: str, size: str | None) -> None:
    if METHODS[method].equal_probability and size:
        return
    drawn = sample()
    stage = cs.Stage("area", 3, method=method, size=size)
    units = drawn.draw_units(stage, areas())
    again = drawn.draw_units(stage, areas().sample(frac=1.0, random_state=1))
    assert again.units.index.tolist() == units.units.index.tolist()
    counts = units.units["city_id"].value_counts()
    if METHODS[method].fixed_size:
        assert counts.tolist() == [3] * 6
    data = units.units[["area"]].assign(y=1.0).reset_index()
    (row,) = units.with_data(data).estimate("total(y)").rows
    assert row.n == units.n
    assert row.estimate == pytest.approx(units.units["design_weight"].sum(), rel=1e-12)
    assert np.isfinite(row.se)


def test_inclusion_frequencies_are_the_product_of_the_stages() -> None:
    """400 draws of 6 of 12 cities and 2 of 6 areas in proportion to homes: the largest |z| over 72 areas."""
    plan = cs.SampleDesign(["region"], n=6).plan(frame())
    listed = areas()
    size = listed["homes"] / listed.groupby("city_id")["homes"].transform("sum")
    pi = pd.Series((2 * size / 2).to_numpy(), index=listed["city_id"] + "/" + listed["area"])
    hits = pd.Series(0, index=pi.index)
    stage = cs.Stage("area", 2, method="sampford", size="homes")
    draws = 400
    for seed in range(draws):
        hits[plan.draw(f"F{seed}").draw_units(stage, listed).units.index] += 1
    z = (hits / draws - pi) / np.sqrt(pi * (1 - pi) / draws)
    assert len(z) == 72
    assert z.abs().max() < 3.9  # Bonferroni bound of 72 cells at 0.007


def test_pareto_units_carry_their_exact_probabilities() -> None:
    """The exact probabilities of a Pareto draw sum to n over all units, and differ from those aimed at."""
    listed = areas()
    aims = 2 * listed["homes"][:AREAS] / listed["homes"][:AREAS].sum()
    units = sample().draw_units(cs.Stage("area", 2, method="pareto", size="homes"), listed).units
    exact = METHODS["pareto"].exact_pi
    assert exact is not None
    compared = 0
    for city, rows in units.groupby("city_id"):
        own = listed[listed["city_id"] == city]
        whole = pd.Series(exact((2 * own["homes"] / own["homes"].sum()).to_numpy(), 2), index=own["area"])
        assert whole.sum() == pytest.approx(2.0, abs=1e-10)
        np.testing.assert_allclose(rows["pi_2"], whole[rows["area"]], rtol=1e-12)
        compared += len(rows)
    assert compared == 12
    assert not np.allclose(exact(aims.to_numpy(), 2), aims, rtol=1e-6)


def test_data_join_by_the_full_id_or_by_its_parts() -> None:
    units = sample().draw_units(cs.Stage("area", 2), areas())
    y = np.arange(units.n) + 1.0
    full = units.units.reset_index().assign(y=y)
    by_full = units.with_data(full[["unit_id", "y"]], period=2025)
    by_parts = units.with_data(full[["city_id", "area", "y"]][::-1], id=["city_id", "area"], period=2025)
    edited_copy = units.with_data(full)
    expected = float(full["design_weight"] @ y)
    for survey in (by_full, by_parts, edited_copy):
        rows = survey.estimate("total(y)", by=["region", "kind"]).rows
        assert rows[0].estimate == pytest.approx(expected, rel=1e-12)
        assert [(row.by, row.domain, row.N) for row in rows] == [
            ("national", "all", 12), ("region", "North", 6), ("region", "South", 6),
            ("kind", "core", None), ("kind", "edge", None),
        ]  # fmt: skip
        assert rows[0].n == 12
        assert rows[0].df == 4.0
    assert by_full.period == "2025"
    assert by_full.cities["weight"].tolist() == units.units["design_weight"].tolist()


def test_units_without_data_are_listed_and_refused(refused: Refused) -> None:
    units = sample().draw_units(cs.Stage("area", 2), areas())
    data = units.units.reset_index()[["unit_id"]].assign(y=1.0)
    survey = units.with_data(data[1:])
    assert survey.missing == (data["unit_id"][0],)
    with refused("DATA-VALUE-MISSING", data["unit_id"][0]):
        survey.estimate("total(y)")


def test_data_of_other_units_are_refused(refused: Refused) -> None:
    units = sample().draw_units(cs.Stage("area", 2), areas())
    other = next(unit for unit in units.listed if unit not in units.units.index)
    with refused("DATA-ID-NOT-SAMPLED", "1 units", f"'{other}'", "in the frame", "12 sampled units"):
        units.with_data(pd.DataFrame({"unit_id": [other], "y": [1.0]}))
    with refused("DATA-ID-NOT-SAMPLED", "not even in the frame"):
        units.with_data(pd.DataFrame({"city_id": ["00"], "area": ["b"]}), id=["city_id", "area"])
    with refused("DATA-COLUMN-UNKNOWN", "'aera'", "'area'"):
        units.with_data(pd.DataFrame({"city_id": ["00"], "area": ["b"]}), id=["city_id", "aera"])


def test_a_third_stage_is_drawn_inside_the_second() -> None:
    first = sample().draw_units(cs.Stage("area", 2, strata="kind"), areas())
    found = first.draw_units(cs.Stage("home", 2, method="systematic"), homes())
    table = found.units
    assert len(table) == found.n == 6 * (2 + 2) * 2
    assert {"stratum_2", "pi_1", "pi_2", "pi_3"} <= set(table.columns)
    assert "stratum_3" not in table.columns
    parents = table["city_id"] + "/" + table["area"]
    assert set(parents) == set(first.units.index)
    np.testing.assert_allclose(table["pi"], first.units["pi"][parents].to_numpy() * 2 / HOMES, rtol=1e-14)
    data = table.reset_index()[["city_id", "area", "home"]].assign(y=np.arange(len(table)) % 7)
    rows = found.with_data(data, id=["city_id", "area", "home"]).estimate("mean(y)", by="kind").rows
    assert [row.domain for row in rows] == ["all", "core", "edge"]
    assert all(row.se > 0.0 for row in rows)
    assert len(found.record().stages) == 2


def test_a_city_keeps_its_units_when_substitutes_are_released() -> None:
    drawn = cs.SampleDesign(["region"], n=6).plan(frame()).draw("STAGES", substitutes=1)
    stage = cs.Stage("area", 2)
    before = drawn.draw_units(stage, areas()).units
    after = drawn.release({"North": 1}).draw_units(stage, areas()).units
    assert len(after) == len(before) + 2
    assert set(before.index) < set(after.index)
    north = before.index[before["region"] == "North"]
    assert (after["pi_1"][north] > before["pi_1"][north]).all()
    assert after["pi_2"][before.index].tolist() == before["pi_2"].tolist()


def test_units_in_the_cities_of_a_later_round() -> None:
    """City 01 and 03 are merged into 01x, city 12 is new."""
    drawn = sample()
    table = frame(13).table.drop(index=["01", "03"])
    merged = pd.DataFrame({"city_id": ["01x"], "population": [4000.0], "region": ["North"]})
    new = cs.CityFrame.from_table(pd.concat([table.reset_index(), merged]), size="population")
    links = pd.DataFrame({"old_id": ["01", "03"], "new_id": ["01x", "01x"]})
    later = drawn.next_round(new, links=links, name="2030")
    listed = pd.concat([areas(13), areas(1).assign(city_id="01x")])
    listed = listed[listed["city_id"].isin(new.table.index)]
    units = later.draw_units(cs.Stage("area", 2), listed)
    expected = dict(zip(later.cities.index, later.cities["design_weight"], strict=True))
    found = units.units
    np.testing.assert_allclose(
        found["design_weight"], [expected[city] * AREAS / 2 for city in found["city_id"]], rtol=1e-13
    )
    everything = later.draw_units(cs.Stage("area", 1.0), listed)
    y = pd.Series(np.arange(len(later.cities)) + 2.0, index=later.cities.index)
    of_cities = later.with_data(pd.DataFrame({"city_id": y.index, "y": y.to_numpy()}))
    share = everything.units.reset_index()[["unit_id", "city_id"]]
    of_units = everything.with_data(share.assign(y=y[share["city_id"]].to_numpy() / AREAS))
    a, b = of_cities.estimate("total(y)").rows[0], of_units.estimate("total(y)").rows[0]
    assert b.estimate == pytest.approx(a.estimate, rel=1e-12)
    assert b.se == pytest.approx(a.se, rel=1e-10)
    assert b.df == a.df


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ({"method": "cube"}, "DESIGN-OPTION-UNUSED", "'cube'"),
        ({"method": "local_pivotal"}, "DESIGN-OPTION-UNUSED", "'local_pivotal'"),
        ({"size": "homes"}, "DESIGN-OPTION-UNUSED", "equal probabilities"),
        ({"method": "sytematic"}, "DESIGN-METHOD-UNKNOWN", "'systematic'"),
    ],
)
def test_stages_that_make_no_sense_are_refused(
    words: dict[str, str], code: str, said: str, refused: Refused
) -> None:
    with refused(code, said):
        cs.Stage("area", 2, **words)


def test_lists_of_units_that_do_not_fit_are_refused(refused: Refused) -> None:
    drawn, stage = sample(), cs.Stage("area", 2)
    with refused("FRAME-COLUMN-UNKNOWN", "'area'"):
        drawn.draw_units(stage, areas().drop(columns=["area"]))
    with refused("FRAME-STAGE-INVALID", "'99'"):
        drawn.draw_units(stage, areas().replace({"city_id": {"00": "99"}}))
    with refused("FRAME-COLUMN-RESERVED", "'pi'"):
        drawn.draw_units(stage, areas().rename(columns={"homes": "pi"}))
    with refused("FRAME-COLUMN-RESERVED", "'population'", "Rename"):
        drawn.draw_units(stage, areas().rename(columns={"homes": "population"}))
    agreeing = areas().assign(region=["North" if int(c) % 2 else "South" for c in areas()["city_id"]])
    assert drawn.draw_units(stage, agreeing).units.columns.tolist().count("region") == 1
    with refused("FRAME-STAGE-INVALID", "ids of the stage before"):
        drawn.draw_units(stage, areas()).draw_units(
            cs.Stage("home", 1), homes().replace({"area": {"a0": "b"}})
        )
