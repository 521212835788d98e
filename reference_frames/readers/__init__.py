"""Readers: a file of any kind that offices use becomes a table, with a report of what was detected."""
