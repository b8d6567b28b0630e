"""How apps end: what one died of, or hangs in, and what was known by then. Pure."""
