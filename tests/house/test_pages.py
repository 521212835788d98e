"""What the pages say is true: links lead somewhere, examples run, the README shows the real demo."""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import citysample as cs
from citysample.cli import cli
from citysample.reference_frames.world.shipped import shipped
from citysample.sampling.randomness import permanent_random_numbers, random_start, random_stream


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of the demo and what it printed."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    result = CliRunner().invoke(cli, ["demo", "--out", str(folder)], catch_exceptions=False)
    assert result.exit_code == 0
    return folder, result.output


def block(text: str, mark: str) -> str:
    """The code block after an HTML comment."""
    found = re.search(rf"<!-- {mark} -->\n```\w*\n(.*?)```", text, re.DOTALL)
    assert found is not None, mark
    return found[1]


def python_blocks(path: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


def run(source: str) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "page", "exec"), {})
    return printed.getvalue()


def test_links_between_pages_lead_to_files(root: Path, tracked: list[str]) -> None:
    checked = 0
    for name in tracked:
        if not name.endswith(".md"):
            continue
        text = (root / name).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if not target.startswith(("http://", "https://")):
                assert (root / name).parent.joinpath(target).exists(), f"{name}: {target}"
                checked += 1
    assert checked >= 15


def test_the_readme_shows_the_real_output_of_the_demo(root: Path, demo: tuple[Path, str]) -> None:
    shown = block((root / "README.md").read_text(encoding="utf-8"), "demo output")
    printed = demo[1].split("\nWrote:")[0].strip()
    assert len(shown.splitlines()) == 24
    assert shown.strip() == printed


def test_the_python_of_the_readme_gives_the_figures_of_the_demo(
    root: Path, demo: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = block((root / "README.md").read_text(encoding="utf-8"), "python example")
    code = [line for line in source.splitlines() if line and not line.startswith(("import", "from"))]
    assert len(code) <= 10
    monkeypatch.chdir(demo[0].parent)
    printed = run(source)
    assert "0.0357608" in printed
    assert len(printed.splitlines()) == 9


def test_the_examples_of_the_pages_run(root: Path) -> None:
    elsewhere = run("\n".join(python_blocks(root / "docs/how-to/sample-drawn-elsewhere.md")))
    assert "share of green land" in elsewhere
    verified = run("\n".join(python_blocks(root / "docs/how-to/verify-a-draw.md")))
    ids = ["4001", "4002", "4003", "4004"]
    u = permanent_random_numbers("CHE-NSC-2026", ids)
    assert verified.strip() == str([ids[k] for k in u.argsort()[:2]])


def test_the_published_test_vectors_hold(root: Path) -> None:
    page = (root / "docs/explanation/randomness.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `(city|start)\\\|([^\\]+)\\\|([^`]+)` \| `(\w{16})` \| ([\d.]+) \|$", page, re.MULTILINE
    )
    assert len(rows) == 5
    for purpose, seed, name, digest, number in rows:
        assert hashlib.sha256(f"{purpose}|{seed}|{name}".encode()).hexdigest()[:16] == digest
        u = permanent_random_numbers(seed, [name]) if purpose == "city" else random_start(seed, name)
        assert repr(float(u[0])) == number
    stream = re.search(r"numbers ([\d., ]+)\.\n", page)
    assert stream is not None
    published = [float(number) for number in stream[1].split(", ")]
    assert len(published) == 4
    assert random_stream("KEN-NSC-2026", "North", "pivotal", 4).tolist() == published


def test_the_coverage_quoted_in_the_readme_is_that_of_the_benchmark(root: Path) -> None:
    table = (root / "benchmarks/switzerland_coverage.md").read_text(encoding="utf-8")
    national = [float(cell) for cell in re.findall(r"^\| [^|]+ \| country \| ([\d.]+) ", table, re.MULTILINE)]
    assert len(national) == 6
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert f"in {min(national)} to {max(national)} % of the draws" in readme


def test_the_tutorial_starts_from_a_file_that_init_writes(tmp_path: Path, root: Path) -> None:
    result = CliRunner().invoke(cli, ["init", str(tmp_path / "my-study")], catch_exceptions=False)
    assert result.exit_code == 0
    shutil.copy(root / "examples/switzerland/frame.csv", tmp_path / "my-study")
    planned = CliRunner().invoke(cli, ["plan", str(tmp_path / "my-study/study.toml")], catch_exceptions=False)
    assert planned.exit_code == 0
    assert "Zurich / small" in planned.output


def test_the_page_on_kenya_shows_what_a_reader_gets(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (root / "docs/tutorial/kenya-frame.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    compared, printed = 0, ""
    for kind, text in re.findall(r"```(python|text|console)\n(.*?)```", page, re.DOTALL):
        if kind == "python":
            with contextlib.redirect_stdout(io.StringIO()) as found:
                exec(compile(text, "page", "exec"), names)
            printed = found.getvalue()
        elif kind == "text":
            assert text.strip() == printed.strip()
            compared += 1
        else:
            command, output = text.split("\n", maxsplit=1)
            result = CliRunner().invoke(cli, shlex.split(command.removeprefix("$ citysample ")))
            assert result.exit_code == 0
            assert output.strip() == result.output.strip()
            compared += 1
    assert compared == 6
    assert (tmp_path / "kenya.xlsx").is_file()


def test_the_page_on_the_world_frame_shows_the_shipped_numbers(root: Path) -> None:
    page = (root / "docs/explanation/world-frame.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ([^|]+) \((\w{3})\) \| (\d+) \| *(\d*) \| ([\d.]+) \| ([\d.]+) \| ([+-]\d+) % \|$",
        page,
        re.MULTILINE,
    )
    assert len(rows) == 10
    for name, country, area, _, people, reference, difference in rows:
        cities = cs.load_frame(country).cities
        city = cities[cities["name"] == name].sort_values("population").iloc[-1]
        assert f"{city['area_km2']:.0f}" == area
        assert f"{city['population'] / 1e6:.2f}" == people
        assert abs(100 * (float(people) / float(reference) - 1) - int(difference)) < 1
    about = shipped().about()
    frames = {code: cs.load_frame(code, towns=True).cities for code in cs.world_countries().index}
    centres = {code: table[table["degurba"] == 30] for code, table in frames.items()}
    assert f"{sum(len(table) > 0 for table in centres.values())} countries and territories" in page
    assert f"the towns of {about['countries']}" in page
    for key in ("urban_centres", "towns"):
        assert f"{about[key]:,}".replace(",", " ") in page
    every = [source for table in centres.values() for source in table["population_source"]]
    share = {source: f"{100 * every.count(source) / len(every):.0f} %" for source in sorted(set(every))}
    line = " ".join(page.split())
    assert f"{share['geonames']} are `geonames`, {share['density']} `density`" in line
    assert f"{share['minimum']} `minimum`" in line
    for country, code in (("Brazil", "BRA"), ("China", "CHN"), ("Nigeria", "NGA")):
        other = 100 * (centres[code]["population_source"] != "geonames").mean()
        assert f"{country} ({other:.0f} %)" in page


def test_the_accuracy_quoted_for_the_world_frame_is_that_of_the_benchmark(root: Path) -> None:
    measured = (root / "benchmarks/world_frame_accuracy.md").read_text(encoding="utf-8")
    page = (root / "docs/explanation/world-frame.md").read_text(encoding="utf-8")
    for figure in ("area", "population"):
        found = re.search(rf"^\| {figure} \| \d+ \| (.*) \|$", measured, re.MULTILINE)
        assert found is not None
        assert f"| {figure} | {found[1]} |" in page
    rows = re.findall(
        r"^\| \d+ \| ([^|]+) \| (\w{3}) \| \d+ \| \d+ \| ([\d.]+) \| (\d+) \| \w+ \|$", measured, re.M
    )
    assert len(rows) == 80
    for name, country, area, people in rows:
        cities = cs.load_frame(country).cities
        same = (cities["area_km2"] == float(area)) & (cities["population"] == float(people))
        assert same.any(), name
