"""The outside of a gym chain: its legacy database, and the CRM Asanito that its business data goes to."""
