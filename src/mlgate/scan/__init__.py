"""Reading tables: one fused aggregate query a table, plus named extra passes."""
