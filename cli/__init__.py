"""`portico`, the command line for operators and scripts. HTTP only: it knows the public API, nothing else of ours."""
