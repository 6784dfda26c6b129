"""Opening what a run works on: the commits, the tables, and the predictions of both models."""
