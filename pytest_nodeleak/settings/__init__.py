"""From command line, ini file and markers to checked values."""
