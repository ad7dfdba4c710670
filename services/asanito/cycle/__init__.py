"""Cycle: all jobs one after another, every morning."""
