"""Admin: start over, and remove a person's data here. Both can't be taken back, and both are audited."""
