"""The shipped world frame: urban centres and towns of each country, and the script that builds it."""
