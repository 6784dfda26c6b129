"""Pure statistics of the gates: numbers in, intervals and p-values out, on numpy alone."""
