"""Operational code that every service stands on.

What may live here is used by at least two services and names no domain concept: runs, effects, transfers, problems,
identities. What has one user belongs to that service. Each module's docstring names its users.
"""
