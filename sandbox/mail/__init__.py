"""A mail server that delivers to nobody: every mail is kept and can be read on a page and as JSON."""
