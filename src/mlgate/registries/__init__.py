"""Registries: where released models lie and what shows their stages; one file per backend, found by its scheme."""
