"""Write designs.json: eight designs, and what the package bethel makes of them.

python -m pip install bethel==0.2.1
python make_bethel.py
"""

from __future__ import annotations

import json
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Design = dict[str, Any]


def design(name: str, N: Any, S2: Any, total: Any, cv: Any, cost: Any, least: float, rate: float) -> Design:
    """The inputs of one design; S2 has a row for each variable."""
    H = len(N)
    return {
        "name": name,
        "N": [int(value) for value in N],
        "S2": [[float(value) for value in row] for row in S2],
        "total": [float(value) for value in total],
        "cv": [float(value) for value in cv],
        "cost": [float(value) for value in np.broadcast_to(cost, H)],
        "min_sample": least,
        "min_rate": rate,
    }


def from_example(name: str, cv: Any) -> Design:
    """Counts, variances and totals of the example population of the package."""
    variables = ["income", "books", "sportDays"]
    bethel = import_module("bethel")
    population = bethel.load_pop()
    strata = bethel.prepare_strata(population, "strata", variables)
    targets = bethel.prepare_targets(population, variables, cv=cv)
    S2 = strata[[f"var_{variable}" for variable in variables]].to_numpy().T
    return design(name, strata["population_size"], S2, targets["total"], targets["cv"], 1.0, 3, 0.04)


def by_chance(name: str, seed: int, H: int, J: int, cv: tuple[float, float], *, dear: bool) -> Design:
    """A country by chance, with rounded numbers."""
    random = np.random.default_rng(seed)
    N = random.integers(10, 150, H)
    mean = random.lognormal(2.0, 0.8, (J, H)).round(2)
    S2 = ((mean * random.uniform(0.2, 1.2, (J, H))) ** 2).round(3)
    cost = random.integers(1, 20, H) if dear else 1.0
    return design(name, N, S2, (mean * N).sum(axis=1), random.uniform(*cv, J).round(3), cost, 2, 0.01)


def small_cities(name: str, cv: list[float], cost: Any) -> Design:
    """Few cities, large sampling fractions, some strata with hardly any city."""
    N = np.array([3, 6, 20, 40, 60])
    S = np.array([[1400.0, 160.0, 45.0, 18.0, 6.0], [30.0, 28.0, 25.0, 20.0, 15.0]])
    mean = np.array([[1500.0, 500.0, 150.0, 60.0, 25.0], [60.0, 55.0, 52.0, 50.0, 45.0]])
    return design(name, N, S**2, (mean * N).sum(axis=1), cv, cost, 2, 0.01)


def solved(inputs: Design) -> Design:
    """The design with the sample sizes of the package."""
    strata = pd.DataFrame({f"var_{j}": row for j, row in enumerate(inputs["S2"])})
    strata.insert(0, "strata", [f"s{h}" for h in range(len(inputs["N"]))])
    strata["population_size"] = inputs["N"]
    strata["cost"] = inputs["cost"]
    strata["min_sample"] = inputs["min_sample"]
    strata["min_rate"] = inputs["min_rate"]
    bethel = import_module("bethel")
    found = bethel.bth(strata, pd.DataFrame({"cv": inputs["cv"], "total": inputs["total"]}))
    return {
        **inputs,
        "bethel_sample": found["bethel_sample"].tolist(),
        "adjusted_sample": found["adjusted_sample"].tolist(),
    }


def main() -> None:
    """Solve the designs and write them."""
    zero = by_chance("a stratum without variance", 5, 6, 2, (0.05, 0.1), dear=True)
    zero["S2"] = [[0.0, *row[1:]] for row in zero["S2"]]
    designs = [
        from_example("example of the package, 162 in all by its help page", 0.05),
        from_example("the same with unequal targets", [0.05, 0.01, 0.2]),
        small_cities("small cities", [0.03, 0.04], 1.0),
        small_cities("small cities with costs", [0.05, 0.1], [0.5, 7.0, 4.0, 2.0, 3.0]),
        by_chance("twelve strata, four variables", 11, 12, 4, (0.03, 0.08), dear=False),
        by_chance("thirty strata, six variables, costs", 12, 30, 6, (0.03, 0.08), dear=True),
        by_chance("one variable, costs", 13, 8, 1, (0.04, 0.05), dear=True),
        zero,
    ]
    content = {"package": f"bethel {version('bethel')}", "designs": [solved(one) for one in designs]}
    Path(__file__).with_name("designs.json").write_text(
        json.dumps(content, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
