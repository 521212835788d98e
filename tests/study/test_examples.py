"""The complete study file of the documentation, the Switzerland example, and the demo, on real data."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import citysample as cs
from citysample.study import demo
from citysample.study.chain import Outcome, default_directory, run_steps
from citysample.study.template import study_template, write_template

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "switzerland"


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def measured(study: Path, outcome: Outcome, target: str = "indicators.csv") -> None:
    """The indicators of the sampled communes, copied line by line from the table of all communes."""
    assert outcome.sample is not None
    drawn = set(outcome.sample.cities.index)
    lines = (EXAMPLE / "measurements.csv").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines[1:] if line.split(",", maxsplit=1)[0] in drawn]
    assert len(kept) == outcome.sample.n
    study.with_name(target).write_text("\n".join([lines[0], *kept, ""]), encoding="utf-8")


@pytest.fixture(scope="module")
def page() -> str:
    text = (ROOT / "docs" / "reference" / "study-file.md").read_text(encoding="utf-8")
    blocks: list[str] = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 1
    return blocks[0]


@pytest.fixture(scope="module")
def documented(page: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """The study of the documentation page, run on the Swiss communes."""
    study = tmp_path_factory.mktemp("documented") / "study.toml"
    study.write_text(page, encoding="utf-8")
    shutil.copy(EXAMPLE / "frame.csv", study.parent)
    measured(study, run_steps(study, "draw", may_draw=True))
    return study, run_steps(study, "report")


@pytest.fixture(scope="module")
def swiss(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """The study of the example folder."""
    study = tmp_path_factory.mktemp("swiss") / "study.toml"
    for name in ("study.toml", "frame.csv"):
        shutil.copy(EXAMPLE / name, study.parent)
    measured(study, run_steps(study, "draw", may_draw=True))
    return study, run_steps(study, "report")


@pytest.fixture(scope="module")
def by_hand(swiss_frame: cs.CityFrame) -> Callable[[Path], cs.WeightedSample]:
    """The sample of the example through the Python interface."""
    import pandas as pd

    def sample(study: Path) -> cs.WeightedSample:
        classes = swiss_frame.with_classes(
            "size_class", column="population", bounds=[2000, 8000], labels=["small", "medium", "large"]
        )
        allocation = cs.Neyman(120, "population", 2)
        design = cs.SampleDesign(["region", "size_class"], allocation=allocation, certainty=20000)
        data = pd.read_csv(study.with_name("indicators.csv"), dtype={"commune": str})
        drawn = design.plan(classes).draw("CHE-NSC-2026")
        return drawn.with_data(data.astype({"commune": object}), id="commune", period="2003")

    return sample


def test_the_page_shows_the_template(page: str) -> None:
    assert page == study_template()
    assert page.encode("utf-8") == (ROOT / "study" / "templates" / "study.toml").read_bytes()


def test_init_writes_the_template_once(tmp_path: Path) -> None:
    path = write_template(tmp_path / "new folder")
    written, template = path.read_text(encoding="utf-8").splitlines(), study_template().splitlines()
    changed = [new for new, old in zip(written, template, strict=True) if new != old]
    # The seed of a public file must not be the seed of a draw.
    assert [line.split(" = ")[0] for line in changed] == ["country", "# seed"]
    path.write_text("filled in", encoding="utf-8")
    with pytest.raises(cs.FileError) as caught:
        write_template(path.parent)
    assert caught.value.code == "FILE-EXISTS"
    assert path.read_text(encoding="utf-8") == "filled in"


def test_the_documented_study_gives_the_figures_of_the_python_interface(
    documented: tuple[Path, Outcome], by_hand: Callable[[Path], cs.WeightedSample]
) -> None:
    study, _ = documented
    survey = by_hand(study)
    indicators = {
        "Share of land built up": cs.Indicator(cs.Ratio("built_up_ha", "area_ha"), interval="logit"),
        "Built-up area per person": cs.Indicator(10000 * cs.Total("built_up_ha") / cs.Total("population")),
        "Communes in the canton of Berne": cs.Indicator(cs.Proportion("canton", "BE")),
    }
    expected = survey.estimate(indicators, by=["region", ("region", "size_class")]).to_frame()
    rows = read(default_directory(study) / "estimates.csv")
    compared = 0
    for row, (_, figure) in zip(rows, expected.iterrows(), strict=True):
        assert (row["name"], row["by"], row["domain"]) == (figure["name"], figure["by"], figure["domain"])
        for column in ("estimate", "se", "lower", "upper", "df"):
            assert (row[column] == "") == (figure[column] != figure[column])
            assert row[column] == "" or float(row[column]) == figure[column]
            compared += 1
    assert compared == 3 * (1 + 7 + 21) * 5


def test_the_switzerland_study_gives_the_figures_of_the_python_interface(
    swiss: tuple[Path, Outcome], by_hand: Callable[[Path], cs.WeightedSample]
) -> None:
    study, outcome = swiss
    assert outcome.estimates is not None
    survey = by_hand(study)
    expected = survey.estimate(cs.Total("built_up_ha"), by="region").rows
    found = [row for row in outcome.estimates.rows if row.name == "Built-up area"]
    assert [(row.estimate, row.se, row.lower, row.df) for row in found] == [
        (row.estimate, row.se, row.lower, row.df) for row in expected
    ]
    assert len(found) == 8
    hand = sum(
        float(row["built_up_ha"]) / float(survey.cities["pi"][row["commune"]])
        for row in read(study.with_name("indicators.csv"))
    )
    assert found[0].estimate == pytest.approx(hand, rel=1e-12)
    assert sum(row.estimate for row in found[1:]) == pytest.approx(found[0].estimate, rel=1e-12)


def test_both_studies_draw_the_same_communes(
    documented: tuple[Path, Outcome], swiss: tuple[Path, Outcome]
) -> None:
    samples = [read(default_directory(study) / "sample.csv") for study, _ in (documented, swiss)]
    drawn = [{row["city_id"] for row in sample} for sample in samples]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 120
    largest = {row["commune"] for row in read(EXAMPLE / "frame.csv") if int(row["population"]) >= 20000}
    assert largest <= drawn[0]
    assert {row["city_id"] for row in samples[0] if row["certainty"] == "True"} >= largest


# name of the figure, numerator, denominator (all communes), factor
TRUTHS = [
    ("Built-up area per person", "built_up_ha", "population", 10000.0),
    ("Share of land built up", "built_up_ha", "area_ha", 1.0),
    ("One-person households", "households_1_person", "households", 1.0),
    ("People aged 65 or over", "aged_65_or_over", "population", 1.0),
    ("Built-up area", "built_up_ha", "", 1.0),
    ("Communes above 5000 inhabitants", "above_5000", "", 1.0),
]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, list[demo.Comparison]]:
    return demo.run_demo(tmp_path_factory.mktemp("demo") / "a demo")


def test_the_true_values_are_those_of_the_tables(shown: tuple[Outcome, list[demo.Comparison]]) -> None:
    frame, census = read(EXAMPLE / "frame.csv"), read(EXAMPLE / "measurements.csv")
    communes = [{**a, **b} for a, b in zip(frame, census, strict=True) if a["commune"] == b["commune"]]
    assert len(communes) == 2896
    truths = {(c.row.name, c.row.by, c.row.domain): c.truth for c in shown[1]}
    assert len(truths) == len(shown[1]) == 48
    regions = sorted({commune["region"] for commune in communes})
    for name, top, bottom, factor in TRUTHS:
        for by, domain in [("national", "all"), *(("region", region) for region in regions)]:
            inside = [c for c in communes if by == "national" or c["region"] == domain]
            whole = sum(float(c[bottom]) for c in inside) if bottom else 1.0
            expected = factor * sum(float(c[top]) for c in inside) / whole
            assert truths.pop((name, by, domain)) == pytest.approx(expected, rel=1e-12)
    assert truths == {}


def test_an_interval_covers_the_truth_between_its_limits(
    shown: tuple[Outcome, list[demo.Comparison]],
) -> None:
    counts = {True: 0, False: 0, None: 0}
    for comparison in shown[1]:
        row = comparison.row
        expected = None if row.interval_method == "none" else row.lower <= comparison.truth <= row.upper
        assert comparison.covered is expected
        counts[comparison.covered] += 1
    assert sum(counts.values()) == 48
    assert counts[True] > counts[False]


def test_the_truth_changes_no_estimate(
    shown: tuple[Outcome, list[demo.Comparison]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome, comparisons = shown
    assert outcome.sample is not None
    assert outcome.estimates is not None
    drawn = set(outcome.sample.cities.index)
    package = tmp_path / "package"
    shutil.copytree(EXAMPLE, package / "examples" / "switzerland")
    lines = (EXAMPLE / "measurements.csv").read_text(encoding="utf-8").splitlines()
    cells = [line.split(",") for line in lines]
    others = [[row[0], *("7" for _ in row[2:]), "1"] for row in cells[1:]]
    table = [row if row[0] in drawn else other for row, other in zip(cells[1:], others, strict=True)]
    census = package / "examples" / "switzerland" / "measurements.csv"
    census.write_text("\n".join([lines[0], *(",".join(row) for row in table), ""]), encoding="utf-8")
    monkeypatch.setattr(demo, "files", lambda _package: package)
    changed, with_other_truth = demo.run_demo(tmp_path / "other")
    assert changed.estimates is not None
    # As text, because a figure that does not exist equals nothing.
    assert str(changed.estimates.rows) == str(outcome.estimates.rows)
    assert len(changed.estimates.rows) == 48
    different = [a.truth != b.truth for a, b in zip(comparisons, with_other_truth, strict=True)]
    assert sum(different) == 48


def test_the_demo_overwrites_no_file_of_the_user(tmp_path: Path) -> None:
    checked = 0
    for name in ("study.toml", "frame.csv", "indicators.csv", "SOURCE.md"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_text("my own work", encoding="utf-8")
        with pytest.raises(cs.FileError) as caught:
            demo.run_demo(folder)
        assert caught.value.code == "FILE-EXISTS"
        assert (folder / name).read_text(encoding="utf-8") == "my own work"
        assert [path.name for path in folder.iterdir()] == [name]
        checked += 1
    assert checked == 4
