"""From the city frame to the sample: strata, allocation, inclusion probabilities, selection."""
