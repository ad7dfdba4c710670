"""Uploads: the manual way into the session, with a preview."""
