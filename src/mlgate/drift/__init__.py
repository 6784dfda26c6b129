"""Drift: whether a table's distributions are those of a reference, from counts that say nothing of single rows."""
