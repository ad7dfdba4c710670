"""History: what happened on a day, one thing after the other, and the days in figures."""
