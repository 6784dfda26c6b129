"""GitHub: what is read there, what a report of the gate publishes there, and how that stays right under races."""
