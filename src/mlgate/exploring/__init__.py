"""Exploring: what a test set can see, two models side by side, a finding explained, the gate put to the test."""
