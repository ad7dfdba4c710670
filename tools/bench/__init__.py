"""Measurements (`./dev bench`): ratios against a reference in the same run; limits only where an issue names one."""
