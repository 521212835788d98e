"""A city list as offices have it becomes a clean frame with permanent ids, and a list of findings."""
