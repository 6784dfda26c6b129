"""Measuring: metrics of predictions, of one model and of two on the same rows."""
