"""Write the level 1 classes of the package degurba: 1 urban centre, 2 urban cluster, 3 rural."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

FOLDER = Path(__file__).parent


def level1(people: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Classes of one grid, shape (rows, columns)."""
    # The package imports GDAL's own bindings for vector files. Grids do not need them.
    sys.modules["osgeo"] = bindings = ModuleType("osgeo")
    bindings.__dict__.update(gdal=None, ogr=None)
    affine, degurba = import_module("affine"), import_module("degurba")
    model = degurba.DEGURBA(
        people.astype(np.float64), affine=affine.Affine.scale(1000, -1000), crs="EPSG:3035"
    )
    return np.asarray(model.classify_grid_cells_l1().array, dtype=np.uint8)


if __name__ == "__main__":
    assert version("degurba") == "0.2", version("degurba")
    with np.load(FOLDER / "grids.npz") as grids:
        classes: dict[str, Any] = {name: level1(grids[name]) for name in grids}
    np.savez_compressed(FOLDER / "classes.npz", **classes)
