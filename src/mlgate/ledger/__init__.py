"""The ledger: every release decision as an event in a hash chain, kept in git and pushed whole or not at all."""
