"""What ``python -m pytest_nodeleak`` does; each command is a module."""
