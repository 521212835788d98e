"""Confidence intervals: pure functions of what an estimate and its variance tell."""
