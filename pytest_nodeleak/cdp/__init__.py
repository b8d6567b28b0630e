"""The Chrome DevTools Protocol, as far as a leak check needs it."""
