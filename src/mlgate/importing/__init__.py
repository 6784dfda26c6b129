"""Expectations of other tools as a configuration of mlgate's, and what of them has no counterpart."""
