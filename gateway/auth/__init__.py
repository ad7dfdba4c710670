"""Who is asking: login, sessions' cookies, API keys, cross-site protection, signed identities."""
