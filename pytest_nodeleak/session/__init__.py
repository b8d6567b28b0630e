"""pytest's session: its hooks, its end, and what somebody who watches sees of it."""
