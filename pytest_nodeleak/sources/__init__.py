"""From V8's places to the user's: source maps, originals, packages, names in the source."""
