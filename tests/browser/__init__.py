"""The console in headless Chromium, against the whole of Portico as `./dev up` starts it."""
