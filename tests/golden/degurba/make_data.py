"""Write the population grids of the comparison: clumped random people, and one block with gaps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

FOLDER = Path(__file__).parent
SHAPE = (60, 80)
# Mean and spread of the logarithm of people per cell, and the size of the clumps in cells.
GRIDS = [(5.6, 1.6, 2.0), (6.2, 1.2, 1.5), (6.6, 1.0, 1.2), (6.9, 1.2, 3.0), (7.3, 0.8, 0.9), (5.0, 2.2, 2.5)]


def people(seed: int, mean: float, spread: float, clump: float) -> npt.NDArray[Any]:
    """People in each cell, whole numbers, shape (60, 80)."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(SHAPE), clump)
    rounded: npt.NDArray[Any] = np.rint(np.exp(mean + spread * noise / noise.std()))
    return rounded.astype(np.int32)


def block_with_gaps() -> npt.NDArray[Any]:
    """A block of 2,000 people per cell with gaps of 12 and 16 cells, their corners cut, and 400 in them."""
    grid = np.full((16, 16), 100, dtype=np.int32)
    grid[1:15, 1:15] = 2000
    for top, width in ((2, 4), (8, 5)):
        gap = np.ones((4, width), dtype=bool)
        gap[[0, 0, -1, -1], [0, -1, 0, -1]] = False
        grid[top : top + 4, 3 : 3 + width][gap] = 400
    return grid


if __name__ == "__main__":
    grids: dict[str, Any] = {f"grid{seed}": people(seed, *shape) for seed, shape in enumerate(GRIDS)}
    np.savez_compressed(FOLDER / "grids.npz", **grids, gaps=block_with_gaps())
