"""Invoices: store invoices with their lines, and service invoices of one line, are issued and confirmed."""
