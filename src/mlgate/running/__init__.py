"""Running: the steps from a configuration to its evidence."""
