"""The shipped world frame: every country loads, and what it says of itself is true."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import citysample as cs
from citysample.reference_frames.checks.geometry import inside_box
from citysample.reference_frames.world.countries import country_box, find_country
from citysample.reference_frames.world.shipped import SHIPPED, Shipped, different_files, shipped

Refused = Callable[..., AbstractContextManager[None]]

COLUMNS = [
    "name", "iso3", "country", "admin1_code", "admin1_name", "lon", "lat", "degurba", "area_km2",
    "population", "population_source", "n_places",
]  # fmt: skip


@pytest.fixture(scope="module")
def frames() -> dict[str, cs.CityFrame]:
    """All countries and territories, with their towns."""
    return {str(code): cs.load_frame(str(code), towns=True) for code in cs.world_countries().index}


def test_every_country_loads_and_its_counts_are_true(frames: dict[str, cs.CityFrame]) -> None:
    listed = cs.world_countries()
    assert len(frames) == len(listed) == shipped().about()["countries"] == 227
    centres = towns = with_centres = 0
    for code, frame in frames.items():
        table = frame.cities
        row = listed.loc[code]
        is_centre = table["degurba"] == 30
        assert list(table.columns) == COLUMNS
        assert row["urban_centres"] == is_centre.sum()
        if is_centre.any():
            assert is_centre.sum() == cs.load_frame(code).N
            with_centres += 1
        assert row["towns"] == (~is_centre).sum()
        assert row["people"] == table.loc[is_centre, "population"].sum()
        assert row["unnamed"] == (table["n_places"] == 0).sum()
        assert set(table["iso3"]) == {code}
        assert set(table["country"]) == {row["country"]}
        centres, towns = centres + int(is_centre.sum()), towns + int((~is_centre).sum())
    assert centres == shipped().about()["urban_centres"] == 12_000
    assert towns == shipped().about()["towns"] == 31_821
    assert with_centres == 191


def test_every_city_is_what_its_class_says(frames: dict[str, cs.CityFrame]) -> None:
    checked = 0
    ids: set[str] = set()
    for frame in frames.values():
        table = frame.cities
        assert set(table["degurba"]) <= {30, 23, 22}
        assert set(table["population_source"]) <= {"geonames", "density", "minimum"}
        assert (table["population"] > 0).all()
        assert (table["area_km2"] >= table["degurba"].map({30: 4.2, 23: 2.8, 22: 2.8})).all()
        assert (table["population"] <= (table["area_km2"] + 0.05) * 40_000).all()
        per_km2 = table["degurba"].map({30: 1_500, 23: 1_500, 22: 300})
        assert (table["population"] >= (table["area_km2"] - 0.05) * per_km2 - 1).all()
        assert table.index.str.fullmatch(r"GN\d+|T3-[0-9A-F]{8}").all()
        assert ((table["n_places"] == 0) == table.index.str.startswith("T3-")).all()
        assert (table["name"].str.len() > 0).all()
        ids |= set(table.index)
        checked += len(table)
    assert checked == len(ids) == 43_821


def test_cities_lie_in_the_range_of_their_country(frames: dict[str, cs.CityFrame]) -> None:
    checked = 0
    for code, frame in frames.items():
        table = frame.cities
        outside = ~inside_box(table["lon"].to_numpy(), table["lat"].to_numpy(), country_box(code))
        assert not outside.any(), (code, table.index[outside].tolist())
        checked += len(table)
    assert checked == 43_821


def test_boroughs_do_not_count_twice() -> None:
    mexico = cs.load_frame("MEX").cities
    city = mexico[mexico["name"] == "Mexico City"].iloc[0]
    assert city["n_places"] > 100
    # Metropolitan area of the Valley of Mexico: 21.8 million (INEGI, census 2020).
    assert city["population"] == pytest.approx(21.8e6, rel=0.1)
    singapore = cs.load_frame("SGP").cities
    assert singapore["population"].tolist() == pytest.approx([6.0e6], rel=0.1)


def test_a_county_on_a_town_is_not_believed() -> None:
    kenya = cs.load_frame("KEN").cities
    kakamega = kenya[kenya["name"] == "Kakamega"].iloc[0]
    assert kakamega["population_source"] == "density"
    assert kakamega["population"] < 200_000  # GeoNames carries the county's 1.87 million


@pytest.mark.parametrize(
    ("country", "name"),
    [
        ("MAC", "Macau"), ("USA", "Detroit"), ("ARE", "Dubai"), ("CHN", "Yantai"), ("MEX", "Guadalajara"),
        ("PHL", "Manila"), ("CHN", "Guangzhou"), ("KWT", "Kuwait City"), ("JPN", "Osaka"),
        ("USA", "Honolulu"),
    ],
)  # fmt: skip
def test_well_known_cities_have_their_name(country: str, name: str) -> None:
    table = cs.load_frame(country).cities
    found = table.loc[table["name"] == name, "area_km2"]
    assert len(found) == 1
    assert found.iloc[0] > 30


def test_a_quarter_of_a_city_is_no_country() -> None:
    assert "VAT" not in cs.world_countries().index
    assert (cs.load_frame("ITA").cities["name"] == "Rome").sum() == 1


def test_a_country_without_urban_centres_says_how_many_towns_it_has(refused: Refused) -> None:
    with refused("FRAME-EMPTY", "Samoa", "8 towns", "--towns"):
        cs.load_frame("WSM")
    assert cs.load_frame("WSM", towns=True).N == 8


def test_namibia_is_a_country_and_countries_have_several_names(refused: Refused) -> None:
    for name in ("NAM", "NA", "na", "Namibia", " nam "):
        assert find_country(name).iso3 == "NAM"
    assert find_country("Kosovo").iso3 == "XKX"
    assert find_country("curaçao").iso3 == find_country("Curacao").iso3 == "CUW"
    for name in ("ZZZ", "", "Kenia", "None", "../KEN", "K*"):
        with refused("FRAME-COUNTRY-UNKNOWN", f"'{name}'", "citysample frames list"):
            cs.load_frame(name)
    with refused("FRAME-COUNTRY-UNKNOWN", "Did you mean 'Kenya'?"):
        cs.load_frame("Kenia")
    with refused("FRAME-COUNTRY-UNKNOWN", "'Republic of the Congo'"):
        cs.load_frame("congo")


def test_ranges_cross_the_antimeridian_where_countries_do() -> None:
    crossing = {str(code) for code, row in cs.world_countries().iterrows() if row["west"] > row["east"]}
    assert {"FJI", "NZL", "RUS"} <= crossing <= {"FJI", "KIR", "NZL", "RUS", "USA", "WLF"}


def test_a_shipped_frame_is_ready_for_a_design() -> None:
    frame = cs.load_frame("KEN", towns=True).with_classes(
        "size_class", column="population", bounds=[50_000, 200_000]
    )
    plan = cs.SampleDesign(strata=["size_class"], n=30).plan(frame)
    assert plan.strata["N"].sum() == frame.N == 188
    assert plan.draw(seed="KEN-TEST").n == 30


def test_the_attribution_names_the_packages_of_the_edition() -> None:
    folder = Path(__file__).resolve().parents[2] / "reference_frames" / "data"
    pins = re.findall(
        r"^([a-z0-9]+)==([\d.]+)$", (folder / "build-requirements.txt").read_text(), re.MULTILINE
    )
    assert dict(pins) == shipped().about()["sources"]
    text = (folder / "ATTRIBUTION.md").read_text(encoding="utf-8")
    for name, version in pins:
        assert f"`{name}` {version}" in text
    assert text.count("CC BY 4.0") >= 1
    assert "R2025A" in text
    assert "GeoNames" in text


def test_the_archive_is_small_and_equal_to_itself(tmp_path: Path) -> None:
    assert SHIPPED.stat().st_size < 3_000_000
    copy = Shipped(tmp_path / "world.zip")
    copy.path.write_bytes(SHIPPED.read_bytes())
    assert different_files(shipped(), copy) == []
    assert len(copy.names()) == 229
    assert len(copy.city_classes()) == 43_821
