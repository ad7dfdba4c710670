"""Source: what the legacy database holds, copied row by row into `src_rows`."""
