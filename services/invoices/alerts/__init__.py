"""Alerts: no file today, the inbox cannot be reached."""
