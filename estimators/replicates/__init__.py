"""Replicates that reproduce a variance form: multipliers of the totals of sampled units."""
