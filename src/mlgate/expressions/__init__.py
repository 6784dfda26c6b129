"""Expressions: rules and row conditions in a part of SQL, parsed, and never handed on as they were written."""
