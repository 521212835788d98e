"""The house: links are links, files are short, error codes are documented, the lock is clean."""

from __future__ import annotations

import ast
import re
import tomllib
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement

from citysample.errors import CATALOGUE

LONGEST_FILE = 400
LINKS = {
    "cli.py": "cli.py",
    "errors.py": "errors.py",
    "estimators": "estimators",
    "examples": "examples",
    "reference_frames": "reference_frames",
    "reporting": "reporting",
    "sampling": "sampling",
    "study": "study",
    "weighting": "weighting",
}


def test_the_links_below_src_are_links(root: Path) -> None:
    package = root / "src" / "citysample"
    found = {path.name: path.readlink().as_posix() for path in package.iterdir() if path.is_symlink()}
    assert found == {name: f"../../{target}" for name, target in LINKS.items()}
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    listed = re.search(r"^LINKS := (.*)$", makefile, re.MULTILINE)
    assert listed is not None
    assert sorted(listed[1].split()) == sorted(LINKS)


def test_no_file_is_longer_than_400_lines(root: Path, tracked: list[str]) -> None:
    lengths = {
        name: len((root / name).read_text(encoding="utf-8").splitlines())
        for name in tracked
        if name.endswith(".py") and not (root / name).is_symlink()
    }
    assert len(lengths) > 60
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_every_error_code_is_used_and_every_used_code_is_in_the_catalogue(sources: list[Path]) -> None:
    pattern = re.compile(r"^(FRAME|DESIGN|DATA|ESTIMATE|EXPRESSION|STUDY|FILE|TABLE|EXTRA)-[A-Z-]+$")
    used: set[str] = set()
    suffixes: set[str] = set()
    for path in sources:
        if path.name == "errors.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if pattern.match(node.value):
                    used.add(node.value)
                elif re.match(r"^-[A-Z][A-Z-]+$", node.value):
                    suffixes.add(node.value)
    # Checks that serve the frame and the data write their code as f"{part}-ID-INVALID".
    assert len(suffixes) >= 5
    used |= {f"{part}{suffix}" for part in ("FRAME", "DATA") for suffix in suffixes}
    assert used == set(CATALOGUE)


def test_the_page_of_error_codes_is_the_catalogue(root: Path) -> None:
    page = (root / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([A-Z-]+)` \| (.*) \|$", page, re.MULTILINE))
    assert listed == CATALOGUE
    assert list(listed) == list(CATALOGUE)


def test_the_lock_names_versions_only_and_fits_the_lower_bounds(root: Path) -> None:
    lines = (root / "requirements.lock").read_text(encoding="utf-8").splitlines()
    locked: dict[str, list[str]] = {}
    for line in lines:
        requirement = Requirement(line)
        assert requirement.url is None
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        locked.setdefault(requirement.name, []).append(pin.version)
    assert len(locked) > 40
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    checked = 0
    for requirement in map(Requirement, wanted):
        if requirement.name == "citysample":
            continue
        assert re.match(r">=\d", str(requirement.specifier)), f"{requirement} needs a lower bound"
        for version in locked[requirement.name]:
            assert requirement.specifier.contains(version, prereleases=True)
            checked += 1
    assert checked >= 20


def test_every_folder_with_code_is_a_package_of_the_wheel(root: Path, sources: list[Path]) -> None:
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    folders = {path.parent.relative_to(root).as_posix().replace("/", ".") for path in sources}
    assert len(folders) > 6
    assert set(settings["packages"]) == {
        "citysample" if folder == "." else f"citysample.{folder}" for folder in folders
    }
