"""Who is to blame, in the words of the source."""
