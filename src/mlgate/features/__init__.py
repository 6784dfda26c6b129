"""Feature versions: what `features.yml` declares, which of them are served, and which models need them."""
