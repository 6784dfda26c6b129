"""Transfer: bytes of any size on their way between a folder and a registry, in constant memory and verified."""
