"""Imports: from a file in the inbox, or an uploaded one, to rows of a session."""
