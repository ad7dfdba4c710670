"""Mails: the morning's summary and the alerts, their data, their texts in three languages, and the outbox handler."""
