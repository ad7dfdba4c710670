"""The gateway over real sockets, with a stand-in for "any service" behind it."""
