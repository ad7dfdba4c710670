"""Contacts: members become contacts."""
