"""Load: what is sent, and sending it."""
