"""Coverage of intervals with different degrees of freedom, for totals of skew variables in few cities.

Run it from the root of the checkout; it takes about a minute:

    python benchmarks/satterthwaite.py            prints the table
    python benchmarks/satterthwaite.py --write    and writes satterthwaite.md

Each case is a kind of population and a stratified simple random sample of it. A case has 100
populations, and each population 2,000 samples. The interval is estimate -+ t(df) times the standard
error, at 95 %. The degrees of freedom are:

normal      infinite
nominal     n - H, take-all strata counted
design      cities that are not certain, less their strata
sample      Satterthwaite, with the variances of the strata estimated from the sample itself
frame       Satterthwaite, with the variances of the strata from a proxy of the frame
truth       Satterthwaite, with the true variances of the strata

The logarithm of the proxy has the correlation with that of the variable that the case names.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import stats

from citysample.estimators.satterthwaite import satterthwaite, stratum_components
from citysample.reference_frames.columns import FloatArray, IntArray

RESULT = Path(__file__).with_name("satterthwaite.md")
POPULATIONS, SAMPLES = 100, 2_000
KINDS = ("normal", "nominal", "design", "sample", "frame", "truth")


@dataclass(frozen=True)
class Case:
    """A kind of population and how it is sampled."""

    name: str
    N: tuple[int, ...]
    n: tuple[int, ...]
    sigma: float
    correlation: float
    by_size: bool = False
    spread: tuple[float, ...] | None = None


CASES = (
    Case("lognormal (1), proxy 0.9", (8, 12, 25, 80), (8, 2, 3, 4), 1.0, 0.9),
    Case("lognormal (1), proxy 0.6", (8, 12, 25, 80), (8, 2, 3, 4), 1.0, 0.6),
    Case("the same, strata by size", (8, 12, 25, 80), (8, 2, 3, 4), 1.0, 0.9, by_size=True),
    Case("lognormal (0.5), proxy 0.9", (8, 12, 25, 80), (8, 2, 3, 4), 0.5, 0.9),
    Case("normal, one stratum dominates", (40,) * 5, (2, 5, 5, 5, 5), 0.0, 0.9, spread=(8, 1, 1, 1, 1)),
    Case("normal, ten strata with n = 2", (40,) * 10, (2,) * 10, 0.0, 0.9, spread=(1,) * 10),
)


def population(case: Case, generator: np.random.Generator) -> tuple[FloatArray, FloatArray, IntArray]:
    """The variable, the proxy and the stratum of each city."""
    N = sum(case.N)
    first, second = generator.normal(size=(2, N))
    second = case.correlation * first + np.sqrt(1.0 - case.correlation**2) * second
    stratum = np.repeat(np.arange(len(case.N)), case.N)
    if case.spread is not None:
        scale = np.array(case.spread)[stratum]
        return 20.0 + scale * first, 20.0 + scale * second, stratum
    y, proxy = np.exp(case.sigma * first), np.exp(case.sigma * second)
    if case.by_size:
        order = np.argsort(-proxy)
        y, proxy = y[order], proxy[order]
    return y, proxy, stratum


def simulate(case: Case, key: int) -> tuple[FloatArray, FloatArray]:
    """Whether the interval of each kind covers the total, and its df: two arrays (kinds, samples)."""
    generator = np.random.Generator(np.random.Philox(key))
    y, proxy, stratum = population(case, generator)
    H = len(case.N)
    m = np.array([n if n < N else 0 for n, N in zip(case.n, case.N, strict=True)])
    pi = (np.array(case.n) / np.array(case.N))[stratum]
    estimate, V = np.zeros(SAMPLES), np.zeros((H, SAMPLES))
    for h, (N, n) in enumerate(zip(case.N, case.n, strict=True)):
        values = y[stratum == h]
        chosen = np.argsort(generator.random((SAMPLES, N)), axis=1)[:, :n]
        drawn = values[chosen]
        estimate += N * drawn.mean(axis=1)
        V[h] = N**2 * (1 - n / N) * drawn.var(axis=1, ddof=1) / n
    df_h = m - 1.0
    from_frame = satterthwaite(stratum_components(proxy[:, None], pi, stratum, H), df_h)[0]
    from_truth = satterthwaite(stratum_components(y[:, None], pi, stratum, H), df_h)[0]
    every = np.ones(SAMPLES)
    df = np.stack(
        [
            every * np.inf,
            every * (sum(case.n) - H),
            every * np.maximum(df_h, 0.0).sum(),
            satterthwaite(V, df_h),
            every * from_frame,
            every * from_truth,
        ]
    )
    half = stats.t.ppf(0.975, df) * np.sqrt(V.sum(axis=0))
    return np.abs(estimate - y.sum()) <= half, df


def table() -> str:
    """The results as a table of Markdown."""
    lines = [
        f"| case | {' | '.join(KINDS)} | df: {', '.join(KINDS[1:])} |",
        f"| --- |{' ---: |' * len(KINDS)} --- |",
    ]
    for case in CASES:
        results = [simulate(case, key) for key in range(POPULATIONS)]
        coverage = 100 * np.mean([covered.mean(axis=1) for covered, _ in results], axis=0)
        df = np.mean([found.mean(axis=1) for _, found in results], axis=0)
        figures = " | ".join(f"{value:.1f}" for value in coverage)
        lines.append(f"| {case.name} | {figures} | {', '.join(f'{value:.1f}' for value in df[1:])} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table, and write it if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write {RESULT.name}")
    found = table()
    print(found)
    if parser.parse_args().write:
        RESULT.write_text(
            f"""# Coverage with different degrees of freedom

Coverage of 95 % intervals in per cent, then the mean degrees of freedom. {POPULATIONS} populations and
{SAMPLES:,} samples of each. Made by `python benchmarks/satterthwaite.py --write`; the script says what each
column is. Strata of the first four cases: N = 8, 12, 25, 80 and n = 8, 2, 3, 4, the first taken as a whole.

{found}
""",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
