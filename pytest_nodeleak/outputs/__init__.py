"""The files and metrics of a session."""
