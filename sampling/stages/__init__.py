"""Stages after the cities: units inside the sampled cities, and units inside these."""
