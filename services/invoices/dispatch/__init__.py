"""Dispatch: from Start to the receiver's answer. Renders the CSV once, delivers it once, reads the log."""
