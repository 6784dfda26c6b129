"""Reporting: the words, rows and marks that all report formats share."""
