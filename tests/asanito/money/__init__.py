"""Tests of the money check."""
