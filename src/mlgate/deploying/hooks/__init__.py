"""Hooks: what can be done with a version that comes to a stage; one file each, by the key in `stages.yml`."""
