"""Promotion: which evidence opens a stage, and what follows from a decision; the ledger records it."""
