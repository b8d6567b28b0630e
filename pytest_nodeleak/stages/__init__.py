"""A check from its first to its last stage."""
