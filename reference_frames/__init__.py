"""The city frame: reading, checking, class variables."""
