"""Deals: an invoice that sells a trigger product opens one."""
