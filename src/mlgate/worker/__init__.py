"""User code runs in processes of its own, with a scrubbed environment and within limits."""
