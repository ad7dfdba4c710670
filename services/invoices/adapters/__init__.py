"""Adapters: the outside systems behind the ports; only `resources.py` imports them."""
