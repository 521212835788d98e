"""Sphinx configuration. Build with ``make docs``."""

from __future__ import annotations

from citysample import __version__

project = "citysample"
author = "The citysample authors"
copyright = "2026, The citysample authors"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
napoleon_google_docstring = False
napoleon_use_param = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
myst_heading_anchors = 3
html_theme = "alabaster"
html_theme_options = {
    "description": "A national sample of cities, from frame to figures",
    "page_width": "1160px",
}
nitpicky = False
