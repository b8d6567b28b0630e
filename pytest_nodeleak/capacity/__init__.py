"""Memory that is to fit: limits of V8 and of containers, and the arithmetic."""
