"""Dispatch: from Start to the receiver's confirmation; renders the CSV once, delivers it once, reads the receiver's log."""
