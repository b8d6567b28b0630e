"""What was measured and found, as frozen values that all share."""
