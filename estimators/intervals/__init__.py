"""Confidence intervals: pure functions of what estimates and their variances tell."""
