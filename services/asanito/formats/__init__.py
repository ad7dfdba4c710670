"""Persian text, calendars and payloads of Asanito: pure, no I/O."""
