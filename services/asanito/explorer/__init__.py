"""Explorer: a look into whitelisted columns of the source, and nothing else."""
