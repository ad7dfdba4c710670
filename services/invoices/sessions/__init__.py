"""Sessions: the one session of a business date, its four buttons, its progress and its end."""
