"""Adopting the kit: looking at a repository, proposing its files, protection as code, and the doctor."""
