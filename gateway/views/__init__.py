"""Saved views: the named filters of lists, a person's own and shared ones, kept by the gateway."""
