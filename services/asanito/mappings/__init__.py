"""Mappings: what a value of the source is called in Asanito."""
