"""File formats of the warehouse: pure, no I/O."""
