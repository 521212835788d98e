"""The worked example of `docs/explanation/variance.md`: each number is computed again, in fractions."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy import stats

import citysample as cs

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/explanation/variance.md").read_text(encoding="utf-8")

CITIES = "ABEGJ"
RANDOM = {"North": "BE", "South": "GJ"}
DRAWN_FROM = {"North": 5, "South": 6}


def table(mark: str) -> list[list[str]]:
    """The body of the table after an HTML comment."""
    found = re.search(rf"<!-- {mark} -->\n((?:\|.*\n)+)", PAGE)
    assert found is not None, mark
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in found[1].splitlines()]
    return rows[2:]


def numbers(cells: list[str]) -> list[Fraction]:
    return [Fraction(cell) for cell in cells if cell]


SAMPLE = {row[0]: numbers(row[2:]) for row in table("sample") if row[0] != "sum"}
W = {k: SAMPLE[k][1] for k in CITIES}
X = {k: SAMPLE[k][2] for k in CITIES}
Y = {k: SAMPLE[k][3] for k in CITIES}
T_X, T_Y = (sum((W[k] * value[k] for k in CITIES), Fraction(0)) for value in (X, Y))
R = T_Y / T_X
Z = {k: (Y[k] - R * X[k]) / T_X for k in CITIES}


def fraction_left(stratum: str) -> Fraction:
    return 1 - Fraction(len(RANDOM[stratum]), DRAWN_FROM[stratum])


def squares(values: list[Fraction]) -> Fraction:
    mean = sum(values, Fraction(0)) / len(values)
    return sum(((value - mean) ** 2 for value in values), Fraction(0))


def form(stratum: str, z: dict[str, Fraction]) -> Fraction:
    """The form of simple random sampling in a stratum."""
    m = len(RANDOM[stratum])
    return fraction_left(stratum) * Fraction(m, m - 1) * squares([W[k] * z[k] for k in RANDOM[stratum]])


def rounded(value: Fraction | float, like: str) -> bool:
    """True if the text is the value, rounded to as many decimals as the text has."""
    decimals = len(like.partition(".")[2])
    return abs(float(value) - float(like.replace(",", ""))) <= 0.5 * 10.0**-decimals * (1 + 1e-9)


def said(text: str) -> bool:
    return text in " ".join(PAGE.split())


def test_weights_and_totals() -> None:
    for k in CITIES:
        pi, w, x, y, wx, wy = SAMPLE[k]
        assert (w, wx, wy) == (1 / pi, w * x, w * y)
    for stratum, cities in RANDOM.items():
        assert all(SAMPLE[k][0] == Fraction(2, DRAWN_FROM[stratum]) for k in cities)
    assert numbers(table("sample")[-1][1:]) == [T_X, T_Y] == [400, 80]
    assert Fraction(1, 5) == R


def test_influence() -> None:
    rows = table("influence")
    for k, *cells in rows[:-1]:
        assert numbers(cells) == [R * X[k], Y[k] - R * X[k], 1000 * Z[k], 1000 * W[k] * Z[k]]
    assert len(rows) == 6
    assert numbers(rows[-1][1:]) == [sum(W[k] * Z[k] for k in CITIES)] == [0]


def test_variance_form() -> None:
    rows = table("form")
    assert [row[0] for row in rows] == ["North", "South", "sum"]
    for stratum, left, factor, total, of_total, v_total, ratio, of_ratio, v_ratio in rows[:-1]:
        assert Fraction(left) == fraction_left(stratum)
        assert Fraction(factor) == 2
        expanded = {"total": [W[k] * Y[k] for k in RANDOM[stratum]]}
        expanded["ratio"] = [1000 * W[k] * Z[k] for k in RANDOM[stratum]]
        assert [Fraction(value) for value in total.split(", ")] == expanded["total"]
        assert [Fraction(value) for value in ratio.split(", ")] == expanded["ratio"]
        assert Fraction(of_total) == squares(expanded["total"])
        assert Fraction(of_ratio) == squares(expanded["ratio"])
        assert (Fraction(v_total), Fraction(v_ratio)) == (form(stratum, Y), 10**6 * form(stratum, Z))
    assert numbers(rows[-1][1:]) == [Fraction(21), Fraction("125.25")]
    assert said(f"sqrt(21) = {math.sqrt(21):.3f} km²")
    assert said(f"sqrt(125.25) / 1000 = {math.sqrt(125.25) / 1000:.5f}")


def test_the_pair_of_north_by_sen_yates_and_grundy() -> None:
    pi, joint = Fraction(2, 5), Fraction(2 * 1, 5 * 4)
    factor = (pi * pi - joint) / joint
    assert factor == Fraction(3, 5) == fraction_left("North")
    assert factor * (W["B"] * Y["B"] - W["E"] * Y["E"]) ** 2 == form("North", Y) == 15


def test_a_certainty_city_that_is_compared_with_the_others() -> None:
    found = squares([W[k] * Y[k] for k in "ABE"])
    assert rounded(found, "1216.7")
    assert said("(1 - 3/6) · 3/2 · 1,216.7 = 912.5")
    assert Fraction(1, 2) * Fraction(3, 2) * found == Fraction("912.5")


def inside() -> dict[str, list[Fraction]]:
    return {row[0]: numbers(row[1:]) for row in table("inside")}


def test_errors_inside_the_cities() -> None:
    rows = inside()
    for k in CITIES:
        v_y, v_x, c, v_z, weighted, raw = rows[k]
        assert v_z == v_y - 2 * R * c + R**2 * v_x
        assert (weighted, raw) == (W[k] * v_z, W[k] * v_y)
        assert c**2 < v_y * v_x
    added, raw = (sum((rows[k][j] for k in CITIES), Fraction(0)) for j in (4, 5))
    assert rows["sum"] == [added, raw] == [Fraction("1.18"), Fraction("7.85")]
    assert 10**6 * added / T_X**2 == Fraction("7.375")
    assert Fraction("125.25") + Fraction("7.375") == Fraction("132.625")
    assert rounded(10**6 * raw / T_X**2, "49.06")
    assert rounded(raw / added, "6.7")
    assert said(f"21 + 7.85 = 28.85, se {math.sqrt(28.85):.3f}")
    assert said(f"132.625 · 10⁻⁶, se {math.sqrt(132.625e-6):.5f}")


def single(rule: str) -> float:
    """V-hat of the total of y if G alone had been drawn in South, by citysample."""
    rows = pd.DataFrame(
        {
            "city": list("ABEG"),
            "h": ["North"] * 3 + ["South"],
            "N_h": 6,
            "sure": [1, 0, 0, 0],
            "y": [float(Y[k]) for k in "ABEG"],
            "score": [1.0, 1.0, 1.0, 2.0],
        }
    )
    by = "score" if rule == "collapse" else None
    survey = cs.CitySample.from_table(
        rows, id="city", strata="h", fpc="N_h", certainty="sure", single_psu=rule, collapse_by=by
    )
    return survey.estimate("total(y)").rows[0].se ** 2


def test_strata_with_one_random_city() -> None:
    north, only = form("North", Y), 6 * Y["G"]
    mean = (W["B"] * Y["B"] + W["E"] * Y["E"]) / 2
    added = {
        "`collapse`": (only - mean) ** 2,
        "`adjust`": Fraction(5, 6) * only**2,
        "`average`": north,
        "`certainty`": Fraction(0),
    }
    rows = table("single")
    assert [row[0] for row in rows] == list(added)
    for rule, _, what, total in rows:
        assert (Fraction(what), Fraction(total)) == (added[rule], added[rule] + north)
        assert single(rule.strip("`")) == pytest.approx(float(total), rel=1e-12)


def test_replicates() -> None:
    rows = table("replicates")
    assert "".join(row[0] for row in rows) == "BEGJ"
    sums = {"total": Fraction(0), "ratio": Fraction(0)}
    for out, y, x, ratio, factor, of_total, of_ratio in rows:
        stratum = next(h for h, cities in RANDOM.items() if out in cities)
        weights = {k: W[k] * (0 if k == out else 2 if k in RANDOM[stratum] else 1) for k in CITIES}
        found_y, found_x = (sum((weights[k] * value[k] for k in CITIES), Fraction(0)) for value in (Y, X))
        assert (Fraction(y), Fraction(x)) == (found_y, found_x)
        assert Fraction(factor) == fraction_left(stratum) / 2
        assert rounded(found_y / found_x, ratio)
        assert Fraction(of_total) == found_y - T_Y
        deviation = found_y / found_x - R
        assert rounded(1000 * deviation, of_ratio)
        sums["total"] += Fraction(factor) * (found_y - T_Y) ** 2
        sums["ratio"] += Fraction(factor) * deviation**2
    assert sums["total"] == 21
    assert rounded(10**6 * sums["ratio"], "125.61")
    assert said("125.61 · 10⁻⁶")


def test_degrees_of_freedom_and_intervals() -> None:
    t = float(stats.t.ppf(0.975, 2))
    assert said(f"t quantile for 95 % is {t:.3f}")
    se = math.sqrt(21)
    low, high = (80 * math.exp(sign * t * se / 80) for sign in (-1, 1))
    assert said(f"is {low:.1f} to {high:.1f} km²")
    middle, width = math.log(0.25), math.sqrt(125.25e-6) / 0.16
    assert said(f"log(0.2 / 0.8) = {middle:.3f}")
    assert said(f"= {width:.5f}")
    lower, upper = (1 / (1 + math.exp(-middle - sign * t * width)) for sign in (-1, 1))
    assert said(f"are {lower:.3f} and {upper:.3f}")
    assert said(f"South has {float(121.5 / 125.25):.0%}".replace("%", " %"))


def survey(errors: bool) -> cs.WeightedSample:
    people = [900, 80, 60, 50, 40, 30, 90, 70, 60, 50, 40, 20]
    regions = 6 * ["North"] + 6 * ["South"]
    frame = pd.DataFrame({"city_id": list("ABCDEFGHIJKL"), "region": regions, "people": people})
    plan = cs.SampleDesign(["region"], n=5, certainty=500).plan(cs.CityFrame.from_table(frame, size="people"))
    sample = plan.draw("FIVE")
    assert "".join(sample.cities.index) == CITIES
    rows = inside()
    data = pd.DataFrame(
        {
            "city_id": list(CITIES),
            "open": [float(Y[k]) for k in CITIES],
            "built": [float(X[k]) for k in CITIES],
            "open_se": [math.sqrt(rows[k][0]) for k in CITIES],
            "built_se": [math.sqrt(rows[k][1]) for k in CITIES],
            "both": [float(rows[k][2]) for k in CITIES],
        }
    )
    found = sample.with_data(data)
    columns: dict[Any, str | float] = {"open": "open_se", "built": "built_se", ("open", "built"): "both"}
    return found.with_errors(columns) if errors else found


@pytest.mark.parametrize(
    ("options", "errors", "total", "ratio"),
    [
        ({}, False, 21.0, 125.25e-6),
        ({"variance": "syg"}, False, 21.0, 125.25e-6),
        ({}, True, 28.85, 132.625e-6),
        ({"variance": "jkn"}, False, 21.0, None),
    ],
)
def test_citysample_gives_the_numbers_by_hand(
    options: dict[str, Any], errors: bool, total: float, ratio: float | None
) -> None:
    found = survey(errors).estimate({"y": "total(open)", "r": "ratio(open, built)"}, **options)
    y, r = found.rows
    assert (y.estimate, r.estimate) == pytest.approx((80.0, 0.2), rel=1e-12)
    assert y.se**2 == pytest.approx(total, rel=1e-12)
    if ratio is None:
        assert rounded(1e6 * r.se**2, "125.61")
    else:
        assert r.se**2 == pytest.approx(ratio, rel=1e-12)
    assert (y.df, r.df) == (2, 2)
    assert (y.interval_method, r.interval_method) == ("log", "logit")


def test_degrees_of_freedom_of_citysample() -> None:
    found = survey(False)
    assert found.estimate("total(open)", df="nominal").rows[0].df == 3
    national, north, south = found.estimate("total(open)", by="region").rows
    assert (national.df, north.df, south.df) == (2, 1, 1)
