"""Charts as static SVG; the same figures give the same bytes."""

from __future__ import annotations

import io
import math
import re
import warnings
from typing import TYPE_CHECKING

from citysample.reference_frames.extras import require
from citysample.reporting.tables import percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["interval_chart"]

NATIONAL = "#0b3c5d"
DOMAIN = "#3f7cac"
GRID = "#d9dee3"
NOT_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")
RC = {
    "svg.hashsalt": "citysample",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.parse_math": False,
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
    with matplotlib.rc_context(), warnings.catch_warnings():
        # A letter that the fonts here lack is drawn by the reader's browser: the SVG holds text.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        matplotlib.rcdefaults()  # the settings of the user do not change the report
        matplotlib.rcParams.update(RC)
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
        names = ["Country" if row["by"] == "national" else _printable(row["domain"]) for row in records]
        axes.set_yticks(range(len(rows)), names)
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.grid(axis="x", color=GRID)
        axes.set_axisbelow(True)
        axes.set_xlabel(_printable(unit))
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    return f'<svg role="img" aria-label="{_attribute(label)}" ' + svg.removeprefix("<svg ")


def _attribute(text: str) -> str:
    text = _printable(text).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return text.replace("\n", "&#10;")


def _printable(text: str) -> str:
    """Characters that XML does not allow become the replacement sign."""
    return NOT_XML.sub("\ufffd", str(text))
