"""The warehouse's outside: its FTP servers, its SSH host with the program that reads our CSV, its PostgreSQL views."""
