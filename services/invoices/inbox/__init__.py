"""Inbox: what lies on the sender's server, taken once and deleted only when its bytes are safe here."""
