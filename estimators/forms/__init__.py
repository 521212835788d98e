"""Variance quadratic forms, one stratum at a time, and their sum over strata and stages."""
