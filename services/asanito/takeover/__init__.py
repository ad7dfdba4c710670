"""Take-over: what the application before us knew becomes ours, once, so that nothing is sent a second time."""
