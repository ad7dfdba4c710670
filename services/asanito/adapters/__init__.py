"""Adapters: the legacy database and Asanito behind the ports; only `resources.py` imports them."""
