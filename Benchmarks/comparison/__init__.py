"""Coppice and its peers in turn on the same work: what is run, how it is timed, and what is written about it."""
