"""Figures recomputed with plain loops, from the formulas of the notation page and the literature."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

import citysample as cs

ROWS = [
    # zone, N_h, part, y, x, p1, p2, land, flag
    ("N", 12, "a", 3.0, 10.0, 50.0, 61.0, 8.0, 1),
    ("N", 12, "a", 8.0, 12.0, 70.0, 75.0, 9.5, 0),
    ("N", 12, "b", 4.0, 20.0, 44.0, 58.0, 4.0, 0),
    ("N", 12, "b", 6.0, 9.0, 31.0, 33.0, 7.5, 1),
    ("S", 30, "b", 20.0, 50.0, 210.0, 280.0, 33.0, 1),
    ("S", 30, "a", 31.0, 60.0, 330.0, 360.0, 48.0, 0),
    ("S", 30, "a", 26.0, 55.0, 260.0, 330.0, 31.0, 0),
    ("S", 30, "b", 17.0, 31.0, 150.0, 190.0, 20.5, 0),
    ("S", 30, "a", 40.0, 90.0, 510.0, 590.0, 66.0, 1),
]
NAMES = ["zone", "N_h", "part", "y", "x", "p1", "p2", "land", "flag"]
TABLE = pd.DataFrame(ROWS, columns=NAMES)
ONE = dict.fromkeys(range(len(ROWS)), 1.0)
LCRPGR = "(total(land) - total(y)) / total(y) / 10 / (log(total(p2) / total(p1)) / 10)"
TEXTS = {
    "total": "total(y)",
    "mean": "mean(y)",
    "ratio": "ratio(y, x)",
    "proportion": "proportion(flag)",
    "lcrpgr": LCRPGR,
    "slope": "coefficient(y, x)",
    "median": "quantile(y, 0.5)",
}

Values = list[float]


def survey(table: pd.DataFrame = TABLE) -> cs.WeightedSample:
    return cs.CitySample.from_table(table, strata="zone", fpc="N_h")


def column(name: str) -> Values:
    return [float(row[NAMES.index(name)]) for row in ROWS]


def inside(part: str | None) -> Values:
    return [float(part is None or row[2] == part) for row in ROWS]


def sizes() -> dict[str, tuple[int, int]]:
    """N_h and n_h of each stratum."""
    found: dict[str, tuple[int, int]] = {}
    for row in ROWS:
        found[row[0]] = (row[1], found.get(row[0], (0, 0))[1] + 1)
    return found


def weight(k: int) -> float:
    N, n = sizes()[ROWS[k][0]]
    return N / n


def total(values: Values) -> float:
    return sum(weight(k) * value for k, value in enumerate(values))


def covariance(z: Values, other: Values) -> float:
    """sum over h of N_h^2 (1 - n_h/N_h) s_h / n_h: simple random sampling in strata."""
    result = 0.0
    for zone, (N, n) in sizes().items():
        members = [k for k, row in enumerate(ROWS) if row[0] == zone]
        mean = sum(z[k] for k in members) / n
        other_mean = sum(other[k] for k in members) / n
        s = sum((z[k] - mean) * (other[k] - other_mean) for k in members) / (n - 1)
        result += N**2 * (1 - n / N) * s / n
    return result


def linearised(name: str, part: str | None) -> tuple[float, Values]:
    """Estimate and linearised variable, each derivative by hand."""
    d = inside(part)
    y, x, flag, p1, p2, land = (
        [value * i for value, i in zip(column(c), d, strict=True)]
        for c in ("y", "x", "flag", "p1", "p2", "land")
    )
    Y, X, N = total(y), total(x), total(d)
    n = range(len(ROWS))
    if name == "total":
        return Y, y
    if name == "mean":
        return Y / N, [d[k] * (y[k] - Y / N) / N for k in n]
    if name == "ratio":
        return Y / X, [d[k] * (y[k] - Y / X * x[k]) / X for k in n]
    if name == "proportion":
        p = total(flag) / N
        return p, [d[k] * (flag[k] - p) / N for k in n]
    if name == "lcrpgr":
        L, A, B = total(land), total(p1), total(p2)
        rate, growth = L / Y - 1, math.log(B / A)
        z = [(land[k] / Y - L / Y**2 * y[k]) / growth - rate / growth**2 * (p2[k] / B - p1[k] / A) for k in n]
        return rate / growth, z
    mean_x, mean_y = X / N, Y / N
    Sxx = total([d[k] * (x[k] - mean_x) ** 2 for k in n])
    slope = total([d[k] * (x[k] - mean_x) * (y[k] - mean_y) for k in n]) / Sxx
    return slope, [d[k] * (x[k] - mean_x) * (y[k] - mean_y - slope * (x[k] - mean_x)) / Sxx for k in n]


SMOOTH = ("total", "mean", "ratio", "proportion", "lcrpgr", "slope")


def test_estimates_and_all_covariances_by_hand() -> None:
    found = survey().estimate({name: TEXTS[name] for name in SMOOTH}, by="part")
    by_hand = [linearised(name, part) for name in SMOOTH for part in (None, "a", "b")]
    compared = 0
    for i, (value, z) in enumerate(by_hand):
        assert found.rows[i].estimate == pytest.approx(value, rel=1e-12)
        assert found.rows[i].se == pytest.approx(math.sqrt(covariance(z, z)), rel=1e-11)
        for j, (_, other) in enumerate(by_hand):
            scale = math.sqrt(covariance(z, z) * covariance(other, other))
            assert found.covariance[i, j] == pytest.approx(covariance(z, other), rel=1e-10, abs=1e-12 * scale)
            compared += 1
    assert compared == 18**2


def test_the_median_and_its_interval_by_hand() -> None:
    """Woodruff: the limits of the distribution function at the median, turned back into values of y."""
    row = survey().estimate("quantile(y, 0.5)").rows[0]
    y = column("y")
    order = sorted(range(len(y)), key=y.__getitem__)
    N = total(list(ONE.values()))

    def smallest_reaching(p: float) -> float:
        F = 0.0
        for k in order:
            F += weight(k) / N
            if p - 1e-12 <= F:
                return y[k]
        return y[order[-1]]

    median = smallest_reaching(0.5)
    F = total([float(value <= median) for value in y]) / N
    z = [(float(value <= median) - F) / N for value in y]
    reach = float(student.ppf(0.975, 7)) * math.sqrt(covariance(z, z))
    assert row.estimate == median
    assert row.df == 7
    assert row.lower == smallest_reaching(F - reach) < median
    assert row.upper == smallest_reaching(F + reach) > median
    assert row.se == pytest.approx((row.upper - row.lower) / 2 / student.ppf(0.975, 7), rel=1e-9)


def test_df_cv_deff_and_limits_by_hand() -> None:
    found = survey().estimate({name: TEXTS[name] for name in SMOOTH}, by="part", interval="t")
    seen = 0
    for i, (name, part) in enumerate((name, part) for name in SMOOTH for part in (None, "a", "b")):
        row, (value, z) = found.rows[i], linearised(name, part)
        members = [k for k, i in enumerate(inside(part)) if i]
        zones = {ROWS[k][0] for k in members}
        assert row.df == len(members) - len(zones)
        assert row.n == len(members)
        assert row.cv == pytest.approx(row.se / abs(value), rel=1e-12)
        half = student.ppf(0.975, row.df) * row.se
        assert (row.lower, row.upper) == pytest.approx((value - half, value + half), rel=1e-9)
        n, N = len(members), sum(weight(k) for k in members)
        mean = sum(weight(k) * z[k] for k in members) / N
        S2 = n / (n - 1) * sum(weight(k) * (z[k] - mean) ** 2 for k in members) / N
        reference = N**2 * (1 - n / N) * S2 / n
        assert row.deff == pytest.approx(covariance(z, z) / reference, rel=1e-9)
        seen += 1
    assert seen == 18


def test_errors_inside_the_cities_by_hand() -> None:
    """sum_k w_k v(z_k), v on the scale of the linearised variable: y and x with a covariance."""
    se_y, se_x = [0.2 * value for value in column("y")], [0.1 * value for value in column("x")]
    both = [0.5 * a * b for a, b in zip(se_y, se_x, strict=True)]
    table = TABLE.assign(se_y=se_y, se_x=se_x, cov=both)
    errors = {"y": "se_y", "x": "se_x", ("y", "x"): "cov"}
    found = survey(table).with_errors(errors).estimate({"r": "ratio(y, x)", "t": "total(y)"}, by="part")
    plain = survey(table).estimate({"r": "ratio(y, x)", "t": "total(y)"}, by="part").covariance
    parts = (None, "a", "b")
    for i, part in enumerate(parts):
        R, _ = linearised("ratio", part)
        d = inside(part)
        X = total([a * b for a, b in zip(column("x"), d, strict=True)])
        variance, shared = 0.0, 0.0
        for k in range(len(ROWS)):
            v = (se_y[k] ** 2 - 2 * R * both[k] + R**2 * se_x[k] ** 2) / X**2
            variance += d[k] * weight(k) * v
            shared += d[k] * weight(k) * (se_y[k] ** 2 - R * both[k]) / X
        assert found.covariance[i, i] - plain[i, i] == pytest.approx(variance, rel=1e-9)
        assert found.covariance[i, i + 3] - plain[i, i + 3] == pytest.approx(shared, rel=1e-9)
    assert found.covariance[1, 2] == pytest.approx(plain[1, 2], rel=1e-12)


CALL = {**TEXTS, "twice": "2 * total(y)", "log": "log(mean(y))", "gm": "geometric_mean(x)"}


def test_the_covariance_matrix_is_symmetric_and_has_no_negative_eigenvalue() -> None:
    found = survey().estimate(CALL, by=["part", "zone"])
    V = found.cov().to_numpy()
    known = ~np.isnan(np.diag(V))
    V = V[np.ix_(known, known)]
    assert known.sum() >= 40
    np.testing.assert_allclose(V, V.T, rtol=1e-12)
    scale = np.sqrt(np.diag(V))
    varying = scale > 0
    correlation = (V / np.outer(scale, scale).clip(1e-300))[np.ix_(varying, varying)]
    assert np.linalg.eigvalsh(correlation).min() > -1e-9
    assert np.abs(correlation).max() <= 1.0 + 1e-12
    labels = found.cov().index
    assert correlation[0, list(labels).index(("twice", "national", "all"))] == pytest.approx(1.0, abs=1e-14)


def test_many_indicators_at_once_are_as_one_at_a_time() -> None:
    indicators = {f"{name} {k}": text for k in (1, 2) for name, text in CALL.items()}
    together = survey().estimate(indicators, by="part")
    compared = 0
    for i, (name, text) in enumerate(indicators.items()):
        alone = survey().estimate({name: text}, by="part")
        for here, there in zip(together.rows[3 * i : 3 * i + 3], alone.rows, strict=True):
            for field in ("estimate", "se", "lower", "upper", "df", "deff", "cv"):
                assert getattr(here, field) == pytest.approx(getattr(there, field), rel=1e-12, nan_ok=True)
                compared += 1
            assert (here.note, here.interval_method) == (there.note, there.interval_method)
    assert compared == 20 * 3 * 7


@pytest.mark.parametrize(
    "change",
    [lambda t: t, lambda t: t.iloc[::-1].reset_index(drop=True), lambda t: t.sample(frac=1, random_state=3)],
)
def test_order_of_rows_and_ids_changes_nothing(change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    table = TABLE.assign(id=[f"k{k}" for k in range(len(TABLE))])
    renamed = change(table).assign(id=[f"z{k}" for k in range(len(TABLE))])
    before = cs.CitySample.from_table(table, id="id", strata="zone", fpc="N_h").estimate(CALL, by="part")
    after = cs.CitySample.from_table(renamed, id="id", strata="zone", fpc="N_h").estimate(CALL, by="part")
    for here, there in zip(before.rows, after.rows, strict=True):
        numbers = ("estimate", "se", "lower", "upper", "df")
        assert [getattr(here, f) for f in numbers] == pytest.approx(
            [getattr(there, f) for f in numbers], rel=1e-12, nan_ok=True
        )
    assert len(before.rows) == 30


def test_two_runs_give_the_same_bits() -> None:
    first, again = (survey().estimate(CALL, by=["part", "zone"]) for _ in range(2))
    assert first.covariance.tobytes() == again.covariance.tobytes()
    assert [repr(row) for row in first.rows] == [repr(row) for row in again.rows]


def test_a_contrast_is_the_direct_estimate() -> None:
    found = survey().estimate({"y": "total(y)", "x": "total(x)", "a": "total(p1)", "b": "total(p2)"})
    pairs = {
        "y / x": "ratio(y, x)",
        "log(b / a)": "log(total(p2) / total(p1))",
        "y - x": "total(y) - total(x)",
        "(y - x) / x / log(b / a)": "(total(y) - total(x)) / total(x) / log(total(p2) / total(p1))",
    }
    for contrast, direct in pairs.items():
        row, other = found.contrast(contrast).rows[0], survey().estimate(direct, interval="t").rows[0]
        assert (row.estimate, row.se, row.lower, row.upper) == pytest.approx(
            (other.estimate, other.se, other.lower, other.upper), rel=1e-10
        )
        assert row.df == other.df
    domains = (
        survey()
        .estimate("ratio(y, x)", by="part")
        .contrast("figure('ratio(y, x)', 'part', 'a') - figure('ratio(y, x)', 'part', 'b')")
    )
    (ra, za), (rb, zb) = linearised("ratio", "a"), linearised("ratio", "b")
    z = [first - second for first, second in zip(za, zb, strict=True)]
    assert domains.rows[0].estimate == pytest.approx(ra - rb, rel=1e-12)
    assert domains.rows[0].se == pytest.approx(math.sqrt(covariance(z, z)), rel=1e-10)


def test_a_census_has_no_error() -> None:
    table = TABLE.assign(N_h=TABLE["zone"].map({"N": 4, "S": 5}))
    rows = survey(table).estimate(CALL, by="part").rows
    assert {row.interval_method for row in rows} == {"census"}
    assert all(row.se == 0.0 and row.lower == row.estimate == row.upper for row in rows)
    assert rows[0].estimate == sum(column("y"))
    assert len(rows) == 30
