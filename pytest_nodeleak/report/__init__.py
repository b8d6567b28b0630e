"""Finished checks as text and as data; values in, text or data out."""
