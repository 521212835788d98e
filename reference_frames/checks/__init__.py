"""Checks of a city frame that an office can act on, and the comparison of two frames."""
