"""Every public name is documented; numerical functions give formula, source and an example."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

import citysample as cs

NUMERICAL = {
    "reference_frames.classes": ["annual_growth"],
    "reference_frames.checks.geometry": ["distance_km", "close_pairs"],
    "reference_frames.checks.sizes": ["rank_size_line"],
    "reference_frames.degurba.classify": ["degurba"],
    "reference_frames.degurba.clusters": ["clusters", "fill_gaps", "smooth_edges", "optimal_built_up"],
    "sampling.randomness": ["permanent_random_numbers"],
    "sampling.select.srs": ["select_srs"],
    "sampling.select.systematic": ["select_systematic"],
    "sampling.select.pivotal": ["select_pivotal"],
    "sampling.inclusion": ["inclusion_probabilities"],
    "sampling.allocate.allocation": ["apportion"],
    "weighting.design_weights": ["design_weights"],
    "estimators.estimate": ["linearise"],
    "estimators.variance": ["srs", "hajek", "deville", "with_replacement"],
    "estimators.intervals": ["t_interval", "normal_interval", "logit_interval"],
    "estimators.degrees_of_freedom": ["design_df", "nominal_df"],
    "estimators.design_effect": ["srs_variance"],
}


def test_public_names_are_the_lazy_names() -> None:
    assert set(cs.__all__) == set(cs._HOME)
    assert len(cs.__all__) == len(set(cs.__all__)) >= 29
    assert set(dir(cs)) == {*cs.__all__, "__version__"}
    with pytest.raises(AttributeError, match="no attribute 'Cityframe'"):
        cs.Cityframe  # noqa: B018  on purpose


def test_every_public_name_has_a_docstring_and_stands_in_the_reference(root: Path) -> None:
    page = (root / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\.\. auto\w+:: citysample\.(\w+)$", page, re.MULTILINE)
    assert sorted(listed) == sorted(cs.__all__)
    for name in cs.__all__:
        assert len(inspect.getdoc(getattr(cs, name)) or "") > 20, name


def test_public_methods_are_documented() -> None:
    checked = 0
    for name in cs.__all__:
        value = getattr(cs, name)
        if not inspect.isclass(value) or issubclass(value, Exception):
            continue
        for method, function in inspect.getmembers(value):
            if not method.startswith("_") and (inspect.isroutine(function) or isinstance(function, property)):
                assert inspect.getdoc(function), f"{name}.{method}"
                checked += 1
    assert checked >= 30


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in NUMERICAL.items() for name in names]
)
def test_a_numerical_docstring_is_complete(module: str, name: str) -> None:
    text = inspect.getdoc(getattr(importlib.import_module(f"citysample.{module}"), name)) or ""
    sections = re.findall(r"^(\w+)\n-+$", text, re.MULTILINE)
    assert {"Parameters", "Returns", "References"} <= set(sections), sections
    assert re.search(r"array \(|float|int", text), "shapes or types"
    assert re.search(r"\b(19|20)\d\d\b", text), "a source with its year"


def test_the_numerical_functions_are_all_of_their_modules() -> None:
    whole = [m for m in NUMERICAL if m.split(".")[1] in ("select", "inclusion", "intervals")]
    assert len(whole) == 5
    for module in whole:
        public = importlib.import_module(f"citysample.{module}").__all__
        functions = [name for name in public if name.islower()]
        assert sorted(functions) == sorted(NUMERICAL[module])
