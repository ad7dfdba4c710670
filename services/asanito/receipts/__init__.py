"""Receipts: payments become operating incomes."""
