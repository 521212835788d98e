"""The same figures in other programs: data, a script and what it is expected to find."""
