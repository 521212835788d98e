"""Imports go leftwards only: errors, the rooms in the order of the data, cli."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ORDER = (
    "errors",
    "reference_frames",
    "sampling",
    "weighting",
    "estimators",
    "reporting",
    "study",
    "cli",
)

# A noun's verb that hands over to a later room imports it inside the method. The list is closed.
HANDING_OVER = {
    ("sampling/city_sample.py", "with_data", "weighting"),
    ("sampling/city_sample.py", "from_table", "weighting"),
    ("sampling/rounds/round_sample.py", "with_data", "weighting"),
    ("sampling/stages/staged_sample.py", "with_data", "weighting"),
    ("weighting/weighted_sample.py", "estimate", "estimators"),
}

FORM_FILES = ("algebra", "approximations", "balanced", "equal", "exact", "ordered", "spatial", "two_phase")
"""Files of variance forms that take arrays alone."""


def imports(tree: ast.Module) -> Iterator[tuple[str | None, str]]:
    """Function around the import (None at module level) and the part of citysample it names."""

    def visit(node: ast.AST, function: str | None) -> Iterator[tuple[str | None, str]]:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            function = node.name
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            parts = (node.module or "").split(".")
            if parts[0] == "citysample" and len(parts) > 1:
                yield function, parts[1]
        if isinstance(node, ast.Import):
            assert not any(alias.name.startswith("citysample") for alias in node.names)
        for child in ast.iter_child_nodes(node):
            yield from visit(child, function)

    yield from visit(tree, None)


def test_imports_go_leftwards_but_for_the_closed_list(root: Path, sources: list[Path]) -> None:
    seen = 0
    handing_over = set()
    for path in sources:
        name = path.relative_to(root).as_posix()
        here = ORDER.index(name.split("/")[0].removesuffix(".py"))
        for function, part in imports(ast.parse(path.read_text(encoding="utf-8"))):
            seen += 1
            if ORDER.index(part) > here:
                assert function is not None, f"{name} imports {part} at module level"
                handing_over.add((name, function, part))
    assert seen > 120
    assert handing_over == HANDING_OVER


def test_the_array_functions_know_no_class_of_the_chain(root: Path) -> None:
    """Selection, inclusion probabilities, forms and intervals take arrays and numbers only."""
    folders = ("sampling/select", "sampling/joint", "estimators/intervals")
    pure = (
        *(str(path.relative_to(root)) for folder in folders for path in sorted((root / folder).glob("*.py"))),
        "sampling/inclusion.py",
        "sampling/randomness.py",
        "weighting/design_weights.py",
        "estimators/functions/dual.py",
        *(f"estimators/forms/{name}.py" for name in FORM_FILES),
        "estimators/forms/collapse.py",
        *(f"estimators/replicates/{name}.py" for name in ("replicates", "factors", "hadamard", "cells")),
        "estimators/design_effect.py",
        "estimators/quantiles.py",
        "estimators/woodruff.py",
    )
    for name in pure:
        tree = ast.parse((root / name).read_text(encoding="utf-8"))
        found = {
            f"{node.module}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("citysample")
        }
        inside = (
            "citysample.sampling.select",
            "citysample.sampling.joint",
            "citysample.sampling.compiled",
            "citysample.estimators.intervals",
            "citysample.estimators.forms.algebra",
            "citysample.estimators.forms.balanced",
            "citysample.estimators.quantiles",
            "citysample.estimators.replicates.hadamard",
        )
        found = {module for module in found if not module.startswith(inside)}
        assert found <= {"citysample.reference_frames.columns", "citysample.errors"}, name
        modules = {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        assert "pandas" not in modules, name
