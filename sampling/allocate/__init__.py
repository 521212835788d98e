"""Sample size and its allocation to strata."""
