"""Products: services become products, their groups become categories."""
