"""The Degree of Urbanisation from a population grid: grid classes, cities, local units."""
