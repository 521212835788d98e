"""Write two_stage.csv: homes in areas in cities, drawn at random at each stage from made-up numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

HEADER = ["stratum", "city", "kind", "area", "home", "N", "M", "M_kind", "K", "persons", "rooms", "tenure"]
CITIES = {"large": (4, 4), "middle": (9, 4), "small": (15, 5)}
"""Cities in the population and in the sample. All large cities are in the sample."""
TAKE_ALL_AREAS = ("large-2", "small-3")
"""Cities whose areas are all in the sample."""


def rows(generator: np.random.Generator) -> list[list[object]]:
    """Two areas of each kind in each sampled city, or all of them; three homes in each area, or all."""
    found: list[list[object]] = []
    for stratum, (N, n) in CITIES.items():
        for city in range(n):
            name = f"{stratum}-{city + 1}"
            areas = {"core": int(generator.integers(2, 6)), "edge": int(generator.integers(3, 9))}
            level = generator.gamma(4.0)
            for kind, M in areas.items():
                m = M if name in TAKE_ALL_AREAS else 2
                for area in range(m):
                    K = int(generator.integers(2, 12))
                    for home in range(min(3, K)):
                        persons = int(generator.poisson(1 + level)) + 1
                        tenure = "own" if generator.random() < 0.4 else "rent"
                        label = [stratum, name, kind, f"{kind}{area + 1}", home + 1]
                        counts = [N, sum(areas.values()), M, K, persons, int(generator.integers(1, 6))]
                        found.append([*label, *counts, tenure])
    return found


def main() -> None:
    path = Path(__file__).resolve().with_name("two_stage.csv")
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADER, *rows(np.random.default_rng(20260))])


if __name__ == "__main__":
    main()
