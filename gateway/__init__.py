"""The gateway: the one door to the services.

It owns users, sessions, API keys and roles, streams `/api/<service>/v1/…` to the service with a signed identity, merges
what concerns all services (runs, attention, search, audit, health, OpenAPI), and serves the console.
"""
