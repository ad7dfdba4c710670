"""Sync: how one record gets into Asanito exactly once, whatever its kind."""
