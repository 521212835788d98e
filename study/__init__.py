"""The study file, the run and its record."""
