"""Strata: crosses of columns, size classes with good boundaries, merging of small cells."""
