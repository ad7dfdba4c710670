"""The long failure tests (`./dev chaos`): workers are killed, servers stopped, and a checker reads the history."""
