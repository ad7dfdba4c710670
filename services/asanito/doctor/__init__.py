"""Doctor: what an administrator has to see to before the bridge can work, with the statement that mends it."""
