"""Stand-ins for the systems outside, over the real protocols: what a newcomer, the tests and the demo run against.

Never imported by production, not in the wheel, and it shares no code with the services: what a file or a line means is
written a second time here on purpose, so that a shared misunderstanding cannot hide.
"""
