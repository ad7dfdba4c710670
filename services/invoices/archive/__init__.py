"""The archive: the rows of all days, by category and by invoice number."""
