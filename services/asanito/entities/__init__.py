"""Entities: what became of each thing of the source, and what a person can do about it."""
