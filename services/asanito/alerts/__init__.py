"""Alerts and the morning's mail: looks at how runs ended, and tells each thing once."""
