"""Configuring: `mlgate.yml` read, checked against its types, and joined with the base's."""
