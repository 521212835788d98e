"""Samples that belong together: substitutes, earlier samples, rounds of a panel."""
