"""Dedupe: persons that the source holds twice; one wins, its documents and those of the others go to it."""
