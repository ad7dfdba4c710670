"""Mails: every kind that invoices sends, its data, its texts in two languages, and the outbox handler."""
