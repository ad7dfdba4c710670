"""Measurements (`./dev bench`): ratios against a reference in the same run; absolute limits only where an issue names one."""
