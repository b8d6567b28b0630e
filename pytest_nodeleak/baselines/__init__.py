"""What an earlier session measured, kept in a file to compare with."""
