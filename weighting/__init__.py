"""From the sample to weights: design weights, joined data, totals of primary sampling units."""
