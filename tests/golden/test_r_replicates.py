"""Replicates, made here and delivered, against R survey; replicates.R wrote the numbers."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

from citysample.estimators.replicates.methods import make_replicates
from citysample.estimators.replicates.replicates import Replicates, replicate_covariance, replicate_totals
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.record import DrawRecord
from citysample.weighting.delivered_replicates import REPLICATE_SCALES

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-9
COLUMNS = ["built_up_ha", "industrial_ha", "population", "households"]


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What R makes of a design and its replicates; the weights are one list for each commune."""

    totals: list[float]
    covariances: list[list[float]]
    ratio: float
    ratio_variance: float
    scale: float
    rscales: list[float]
    communes: list[int]
    weights: list[list[float]] = []


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"r": "R"}):
    r: str
    survey: str
    blocks: dict[str, Block]


BLOCKS = msgspec.json.decode((HERE / "replicates.json").read_bytes(), type=Golden).blocks
SAMPLE = pd.read_csv(HERE / "stratified.csv").set_index("commune")


def sample_of(block: Block) -> tuple[FloatArray, FloatArray, DrawRecord]:
    """The variables, the weights of the communes, and the record of a stratified draw of them."""
    table = SAMPLE.loc[block.communes]
    labels, stratum = np.unique(table["stratum"].to_numpy(), return_inverse=True)
    pi = np.bincount(stratum)[stratum] / table["N_h"].to_numpy()
    psu = np.arange(len(table))
    draw = DrawRecord("srs", tuple(labels), psu, stratum, pi, pi == 1.0, "fail")
    return table[COLUMNS].to_numpy(np.float64), 1.0 / pi, draw


def compare(
    block: Block,
    y: FloatArray,
    weights: FloatArray,
    made: Replicates,
    mse: bool,
    *,
    ratio: bool = True,
    more: FloatArray | float = 0.0,
) -> int:
    """Totals, their covariances (and what R has too much), the ratio and its variance; how many numbers."""
    expanded = y * weights[:, None]
    totals, full = replicate_totals(expanded, made.factors[:, made.unit]), expanded.sum(axis=0)
    np.testing.assert_allclose(full, block.totals, rtol=TOLERANCE)
    found = replicate_covariance(totals, full, made.scale, made.rscales, mse)
    np.testing.assert_allclose(found + more, block.covariances, rtol=TOLERANCE)
    if not ratio:
        return int(full.size + found.size)
    quotient, whole = totals[:, [0]] / totals[:, [2]], full[[0]] / full[[2]]
    assert whole[0] == pytest.approx(block.ratio, rel=TOLERANCE)
    variance = replicate_covariance(quotient, whole, made.scale, made.rscales, mse)[0, 0]
    assert variance == pytest.approx(block.ratio_variance, rel=TOLERANCE)
    return int(full.size + found.size) + 2


@pytest.mark.parametrize(("name", "mse"), [("jkn", True), ("jkn_mean", False)])
def test_the_stratified_jackknife_with_fpc(name: str, mse: bool) -> None:
    """R 4.1-1 leaves take-all communes out of the replicates of a total, but not out of the total itself.

    With mse = TRUE this adds the square of their total, sum of rscales times; ratios are right.
    """
    block = BLOCKS[name]
    y, weights, draw = sample_of(block)
    made = make_replicates(draw, "srs", "jkn")
    assert made.R == len(block.rscales) < len(block.communes)
    np.testing.assert_allclose(np.sort(made.rscales), np.sort(block.rscales), rtol=TOLERANCE)
    certain = (y * weights[:, None])[draw.certainty].sum(axis=0)
    assert (certain > 0.0).all()
    more = made.rscales.sum() * np.outer(certain, certain) if mse else 0.0
    assert compare(block, y, weights, made, mse, more=more) == 22


@pytest.mark.parametrize(("name", "mse"), [("jk1", True), ("jk1_mean", False)])
def test_the_jackknife_of_one_stratum_with_fpc(name: str, mse: bool) -> None:
    block = BLOCKS[name]
    y, _, _ = sample_of(block)
    n = len(y)
    pi = np.full(n, n / 2896)
    code = np.zeros(n, dtype=np.int64)
    draw = DrawRecord("srs", ("all",), np.arange(n), code, pi, pi == 1.0, "fail")
    made = make_replicates(draw, "srs", "jk1")
    assert made.scale == pytest.approx(block.scale, rel=TOLERANCE)
    assert compare(block, y, 1.0 / pi, made, mse) == 22


@pytest.mark.parametrize(("name", "rho"), [("brr", 0.0), ("fay", 0.3)])
def test_half_samples_of_totals(name: str, rho: float) -> None:
    """For totals all Hadamard matrices give the same; for ratios R has another matrix."""
    block = BLOCKS[name]
    y, weights, draw = sample_of(block)
    made = make_replicates(draw, "with_replacement", name, fay=rho)
    assert made.R == 8
    assert made.scale == pytest.approx(block.scale, rel=TOLERANCE)
    assert compare(block, y, weights, made, True, ratio=False) == 20


@pytest.mark.parametrize(
    ("name", "method", "mse"),
    [
        ("brr", "brr", True),
        ("brr_mean", "brr", False),
        ("fay", "fay", True),
        ("bootstrap", "bootstrap", True),
        ("subbootstrap", "bootstrap", False),
    ],
)
def test_delivered_weights(name: str, method: str, mse: bool) -> None:
    """With the matrix of R all figures are the same, ratios too."""
    block = BLOCKS[name]
    y, weights, _ = sample_of(block)
    if name == "bootstrap":
        weights = SAMPLE.loc[block.communes, "weight"].to_numpy(np.float64)
    factors = (np.array(block.weights) / weights[:, None]).T
    rows, rscales = np.arange(weights.size), np.array(block.rscales)
    # The bootstraps of R have scales of their own.
    scale = block.scale if method == "bootstrap" else REPLICATE_SCALES[method](len(rscales), 0.3)
    made = Replicates(method, rows, factors, scale, rscales, mse)
    assert made.scale == pytest.approx(block.scale, rel=TOLERANCE)
    assert compare(block, y, weights, made, made.mse) == 22
