"""How long the shipped frame of a country takes to load, after import."""

from __future__ import annotations

import statistics
import time

# Loaded before the clock starts, as any user of data frames has it.
import pandas as pd

import citysample as cs


def seconds(country: str) -> float:
    """Seconds to load the urban centres and towns of a country."""
    start = time.perf_counter()
    cs.load_frame(country, towns=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the median and the largest time over all countries, each the median of five."""
    countries = [str(code) for code in cs.world_countries().index]
    print(f"pandas {pd.__version__}")
    first = seconds(countries[0])
    times = {code: statistics.median(seconds(code) for _ in range(5)) for code in countries}
    slowest = max(times, key=times.__getitem__)
    print(f"first call {1000 * first:.0f} ms")
    print(f"{len(times)} countries: median {1000 * statistics.median(times.values()):.1f} ms,", end=" ")
    print(f"slowest {slowest} {1000 * times[slowest]:.1f} ms")


if __name__ == "__main__":
    main()
