"""The rank-size line, densities, subtotals, coverage and vintage."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.reference_frames.checks.check_table import check_table
from citysample.reference_frames.checks.sizes import (
    density_outliers,
    far_below,
    group_numbers,
    rank_size_line,
)
from citysample.reference_frames.checks.sums import subtotal_sums, sums_of_groups, sums_of_rows_above
from citysample.reference_frames.columns import FloatArray
from citysample.reference_frames.world.countries import world_countries


@given(st.integers(5, 300), st.floats(-2, -0.3), st.floats(8, 16))
def test_an_exact_line_is_found(N: int, slope: float, intercept: float) -> None:
    sizes = np.exp(intercept + slope * np.log(np.arange(1, N + 1) - 0.5))
    line = rank_size_line(sizes)
    assert (line.slope, line.intercept) == pytest.approx((slope, intercept), rel=1e-9)
    assert np.abs(line.residuals).max() < 1e-8
    assert line.outliers().tolist() == far_below(sizes[: N // 2]).tolist() == []


@given(st.permutations(range(40)), st.floats(1e-3, 1e3))
def test_the_line_knows_neither_order_nor_unit(order: list[int], unit: float) -> None:
    sizes: FloatArray = np.round(1e6 / (np.arange(1, 41) - 0.5) ** 1.1) + np.arange(40) % 7
    sizes[0] *= 8
    line, other = rank_size_line(sizes), rank_size_line(np.asarray(unit * sizes[order], dtype=np.float64))
    assert other.slope == pytest.approx(line.slope)
    assert other.residuals == pytest.approx(line.residuals[order], abs=1e-9)
    assert [order[row] for row in other.outliers()] == line.outliers().tolist() == [0]


def test_one_wrong_size_does_not_move_the_line() -> None:
    spoiled: FloatArray = np.asarray(1e6 / (np.arange(1, 101) - 0.5), dtype=np.float64)
    spoiled[0] *= 1000
    assert rank_size_line(spoiled).slope == pytest.approx(-1.0, abs=0.01)
    assert rank_size_line(spoiled).outliers().tolist() == [0]


def test_the_swiss_communes_follow_the_line(swiss_frame: cs.CityFrame) -> None:
    """Real data: the line says nothing about 2,896 communes; five alpine ones are of odd density."""
    sizes = swiss_frame.sizes()
    assert sizes is not None
    assert rank_size_line(sizes).outliers().size == 0
    assert far_below(sizes).size == 0
    area = swiss_frame.cities["area_ha"].to_numpy() / 100
    assert len(density_outliers(sizes, area)[0]) == 5


def test_a_real_county_population_on_a_town_is_seen_by_its_density_only() -> None:
    """Kakamega (Kenya) carries its county's 1.87 million; as second city it fits the rank-size line."""
    ranks = np.arange(1, 61)
    sizes = np.round(4.4e6 / (ranks - 0.5) * 0.5)
    sizes[1] = 1_867_579
    area = sizes / 6000
    area[1] = 25
    assert 1 not in rank_size_line(sizes).outliers()
    assert density_outliers(sizes, area)[0].tolist() == [1]


SIZES = st.lists(st.integers(10_000, 10_000_000), min_size=3, max_size=8, unique=True)


@given(st.lists(SIZES, min_size=1, max_size=4), st.booleans())
def test_subtotals_and_the_grand_total_are_found(regions: list[list[int]], grand: bool) -> None:
    """Each region is followed by its sum, and perhaps all by the sum of all."""
    rows: list[int] = []
    expected = []
    for sizes in regions:
        expected.append(len(rows) + len(sizes))
        rows += [*sizes, sum(sizes)]
    if grand and len(regions) > 1:
        expected.append(len(rows))
        rows.append(sum(map(sum, regions)))
    found = sums_of_rows_above(np.array(rows, dtype=float), np.zeros(len(rows), dtype=bool)).tolist()
    if not _sum_by_chance(regions):
        assert found == expected


def _sum_by_chance(regions: list[list[int]]) -> bool:
    earlier = 0
    for sizes in regions:
        for k in range(2, len(sizes)):
            if sizes[k] == sum(sizes[:k]):
                return True
        for k in range(len(sizes)):
            if earlier and sizes[k] == earlier + sum(sizes[:k]):
                return True
        earlier += sum(sizes)
    return False


@given(SIZES, SIZES)
def test_the_sum_of_a_region_is_found_in_any_place(first: list[int], second: list[int]) -> None:
    sizes = np.array([*first, sum(first), *second], dtype=float)
    groups = np.array([0] * (len(first) + 1) + [1] * len(second))
    expected = {len(first)} | {len(first) + 1 + k for k, one in enumerate(second) if 2 * one == sum(second)}
    assert set(sums_of_groups(sizes, groups).tolist()) == expected


def test_a_region_of_two_equal_cities_has_no_sum() -> None:
    assert sums_of_groups(np.array([5.0, 5.0]), np.array([0, 0])).tolist() == []
    assert sums_of_rows_above(np.array([5.0, 5.0]), np.zeros(2, dtype=bool)).tolist() == []


def found_sums(sizes: Any, groups: Any = None, known: Any = ()) -> list[int]:
    marks = np.zeros(len(sizes), dtype=bool)
    marks[list(known)] = True
    labels = np.full(len(sizes), -1) if groups is None else np.array(groups)
    of_group, of_rows = subtotal_sums(np.array(sizes, dtype=float), labels, marks)
    assert not (of_group & of_rows).any()
    return np.flatnonzero(of_group | of_rows).tolist()


REGIONS = st.lists(
    st.lists(st.integers(5_000, 400_000), min_size=3, max_size=9, unique=True), min_size=2, max_size=6
)


@given(REGIONS, st.booleans(), st.booleans(), st.sampled_from([1, 1000, 0.1]))
def test_a_table_with_all_its_sums_has_them_found(
    regions: list[list[int]], above: bool, top: bool, unit: float
) -> None:
    """Each region has its sum above or below; the country is the first row or the last."""
    rows: list[float] = []
    expected = []
    for cities in regions:
        expected.append(len(rows) + (0 if above else len(cities)))
        rows += [sum(cities), *cities] if above else [*cities, sum(cities)]
    country = sum(map(sum, regions))
    rows, place = ([country, *rows], 0) if top else ([*rows, country], len(rows))
    expected = [place, *(row + top for row in expected)]
    assert set(expected) <= set(found_sums([unit * size for size in rows]))


LAYOUTS: dict[str, tuple[list[float], list[int], list[int]]] = {
    "sums of sums": ([60, 21, 10, 6, 5, 39, 12, 13, 14], [], [0, 1, 5]),
    "sums that are counted": ([11, 12, 13, 36, 14, 15, 16, 45, 81], [], [3, 7, 8]),
    "a region of one city, as large as its region": ([21, 6, 7, 8, 50, 50, 71], [], [0, 4, 6]),
    "the country twice": ([21, 6, 7, 8, 24, 7, 8, 9, 45, 45], [], [0, 4, 8, 9]),
    "a total of sums by name, where a size is missing": ([6, 7, 20, 8, 9, 17, 37], [2, 5], [6]),
    "two rows in a block": ([10, 20, 30], [], [2]),
    "no sums": ([10, 20, 31, 40], [], []),
    "sizes that no sum can hold": ([1e308, 1e308, 1e308, 3e15, 6, 7, 8, 21], [], [7]),
    "powers of two": ([2.0**k for k in range(25)], [], []),
    "sizes that are not there": ([float("nan"), 10, 0, 20, -5, 30], [], [5]),
}


@pytest.mark.parametrize(("sizes", "known", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_sums_in_tables_of_other_forms(sizes: list[float], known: list[int], expected: list[int]) -> None:
    assert found_sums(sizes, known=known) == expected


def test_a_sum_in_the_middle_of_a_list_is_found_if_chance_does_not_make_it() -> None:
    """Among 60 towns of about 50,000 no chance sum is expected; in hundreds of people some are."""
    rng = np.random.default_rng(7)
    towns = rng.integers(20_000, 90_000, 60).astype(float)
    conurbation = towns[20:24].sum()
    rows = np.insert(towns, 20, conurbation)
    assert found_sums(rows) == [20]
    coarse = np.round(rows / 5000)
    coarse[20] = coarse[21:25].sum()
    assert found_sums(coarse) == []
    assert 20 in found_sums(coarse, groups=[*[0] * 20, 1, *[2] * 4, *[3] * 36])


def test_real_frames_have_no_sums(swiss_frame: cs.CityFrame) -> None:
    """The 192 shipped frames, with and without towns, and the Swiss communes: no false alarm."""
    frames = [cs.load_frame(str(country), towns=True) for country in world_countries().index]
    cases = [(frame.table, "population", "admin1_name") for frame in frames]
    cases += [(table[table["degurba"] == 30], size, region) for table, size, region in cases]
    compared = 0
    for table, size, region in [*cases, (swiss_frame.table, "population", "canton")]:
        sizes = table[size].to_numpy(dtype=float)
        labels = group_numbers(None if pd.isna(label) else str(label) for label in table[region])
        assert found_sums(sizes, labels) == found_sums(sizes) == [], table.iloc[0]
        compared += len(sizes)
    assert len(frames) >= 192
    assert compared > 40_000


def test_large_lists_are_summed_fast(swiss_frame: cs.CityFrame) -> None:
    """40,000 communes in 4,000 regions, the sums above, the country last: each row is looked up once."""
    sizes = np.resize(np.asarray(swiss_frame.sizes()), 40_000)
    blocks = [part for block in np.split(sizes, 4000) for part in ([block.sum()], block)]
    found = found_sums(np.concatenate([*blocks, [sizes.sum()]]))
    expected = {*range(0, 44_000, 11), 44_000}
    assert expected - set(found) == set()
    assert len(found) < len(expected) + 5


def table(**columns: Any) -> pd.DataFrame:
    N = len(next(iter(columns.values())))
    return pd.DataFrame({"city_id": [f"c{k}" for k in range(N)], **columns})


def codes(check: Any) -> list[str]:
    return [finding.code for finding in check.findings]


def test_a_header_row_with_the_sum_of_the_rows_below_is_found() -> None:
    check = check_table(table(population=[700.0, 300.0, 400.0, 371.0, 250.0, 121.0]))
    assert [(f.code, f.cities) for f in check.findings] == [
        ("SUBTOTAL-SUM", ("c0",)),
        ("SUBTOTAL-SUM", ("c3",)),
    ]
    assert check.findings[0].got == "size 700, the sum of rows above or below"


def test_subtotals_do_not_count_for_the_coverage() -> None:
    cities = table(population=[30.0, 50.0, 80.0], name=["A", "B", "Total"])
    check = check_table(cities, urban_population=100.0)
    assert codes(check) == ["SUBTOTAL-NAME"]


@pytest.mark.parametrize(
    ("national", "expected"),
    [(100.0, []), (114.0, []), (115.0, ["COVERAGE-LOW"]), (77.0, []), (76.0, ["COVERAGE-HIGH"])],
)
def test_coverage_has_two_limits(national: float, expected: list[str]) -> None:
    """The cities have 80; 70 % of 114.3 and 105 % of 76.2."""
    check = check_table(table(population=[31.0, 49.0]), urban_population=national)
    assert codes(check) == expected
    if expected:
        assert f"{80 / national:.1%}".replace("%", " %") in check.findings[0].got
        assert check.findings[0].cities == ()


@pytest.mark.parametrize(
    ("vintage", "period", "expected"),
    [
        (2020, 2025, []),
        (2019, 2025, ["VINTAGE-OLD"]),
        (2030, 2025, []),
        (None, 2025, ["VINTAGE-UNKNOWN"]),
        (2019, None, []),
        ("year", 2025, ["VINTAGE-OLD", "VINTAGE-UNKNOWN"]),
    ],
)
def test_vintage_is_judged_against_the_period_of_the_study(
    vintage: Any, period: Any, expected: list[str]
) -> None:
    cities = table(year=["2019", "2021", "about 2020", None])
    check = check_table(cities, vintage=vintage, period=period)
    assert codes(check) == expected
    if period is None:
        assert "vintage: no period of the study was given" in check.not_checked
    if vintage == "year":
        assert [f.cities for f in check.findings] == [("c0",), ("c2", "c3")]


def test_few_cities_have_no_line_and_no_spread_and_this_is_said() -> None:
    check = check_table(table(population=[1.0, 1e9], area_km2=[1.0, 1.0]))
    assert codes(check) == []
    assert "sizes against the rank-size line: fewer than 20 cities have a size" in check.not_checked
    assert "density: fewer than 20 cities have a size and an area" in check.not_checked
    assert "density" not in check.checked


def test_only_the_odd_cells_of_a_text_column_are_named() -> None:
    check = check_table(table(population=["120", "1 234", "350*", "", "90"]))
    assert [(f.code, f.cities) for f in check.findings] == [
        ("NUMBER-INVALID", ("c1", "c2")),
        ("SIZE-MISSING", ("c3",)),
    ]
    assert check.findings[0].got == "'1 234', '350*' in column 'population'"


@pytest.mark.parametrize(
    ("cells", "bad"),
    [
        (["120", "90"], ("c0", "c1")),
        (["1.150", "12.000", "850"], ("c0", "c1")),
        ([5, float("inf"), 7], ("c1",)),
        ([5, "1e999", 7], ("c1",)),
        ([5, 10**400, 7], ("c1",)),
        ([5, pd.Timestamp("2025-01-01"), 7], ("c1",)),
    ],
)
def test_a_column_that_the_frame_refuses_has_an_error(cells: list[Any], bad: tuple[str, ...]) -> None:
    cities = table(population=pd.Series(cells, dtype=object))
    with pytest.raises((cs.FrameError, OverflowError)):
        cs.CityFrame.from_table(cities, id="city_id", size="population")
    (finding,) = check_table(cities).findings
    assert (finding.code, finding.cities) == ("NUMBER-INVALID", bad)
