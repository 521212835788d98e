"""Charts as static SVG; the same figures give the same bytes."""

from __future__ import annotations

import io
import math
import re
from typing import TYPE_CHECKING

from citysample.reporting.extras import require
from citysample.reporting.tables import percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["interval_chart"]

NATIONAL = "#0b3c5d"
DOMAIN = "#3f7cac"
GRID = "#d9dee3"
RC = {
    "svg.hashsalt": "citysample",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
}


def interval_chart(rows: pd.DataFrame, label: str) -> str:
    """Estimates with their confidence intervals, one line for each domain, as an SVG text.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of ``Estimates.to_frame()`` of one indicator, the national row first.
    label : str
        Text for readers who cannot see the chart.
    """
    matplotlib = require("matplotlib", "report")
    figure_module = require("matplotlib.figure", "report")
    factor, unit = percent(str(rows["unit"].iloc[0]))
    records = rows.to_dict("records")
    with matplotlib.rc_context(RC):
        figure = figure_module.Figure(figsize=(7.2, 0.9 + 0.3 * len(rows)), layout="constrained")
        axes = figure.subplots()
        for position, row in enumerate(records):
            national = row["by"] == "national"
            color = NATIONAL if national else DOMAIN
            has_interval = not math.isnan(row["lower"])
            if has_interval:
                axes.plot(
                    [row["lower"] * factor, row["upper"] * factor],
                    [position, position],
                    color=color,
                    linewidth=3.5 if national else 2.2,
                    solid_capstyle="butt",
                )
            axes.plot(
                row["estimate"] * factor,
                position,
                marker="D" if national else "o",
                markersize=8 if national else 6,
                markerfacecolor=color if has_interval else "white",
                markeredgecolor=color,
            )
        names = ["Country" if row["by"] == "national" else row["domain"] for row in records]
        axes.set_yticks(range(len(rows)), names)
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.grid(axis="x", color=GRID)
        axes.set_axisbelow(True)
        axes.set_xlabel(unit)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    return re.sub(r"^<svg ", f'<svg role="img" aria-label="{_attribute(label)}" ', svg)


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace("\\", "/")
