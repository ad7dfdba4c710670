"""Decisions: what a person does with a file that was not imported: accept its count, import it today, discard it."""
