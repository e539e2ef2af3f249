"""The programs that Coppice is compared with, each timed in a process of its own: python -m peers --help."""
