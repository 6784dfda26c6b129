"""CI/CD for machine learning on GitHub: checks with honest verdicts, and evidence for every promotion."""

__version__ = "0.1.0"
