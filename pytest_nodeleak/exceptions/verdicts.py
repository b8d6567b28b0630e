"""Failed assertions: what was found is what was asked for."""

from __future__ import annotations

__all__ = ["DoesNotFit", "LeakDetected"]


class LeakDetected(AssertionError):
    """A check failed: the app leaks, or is over a limit, or could not be judged.

    The message is the report; ``str(error)`` is what pytest prints.
    """


class DoesNotFit(AssertionError):
    """The app may need more memory than there is; the message is the sum."""
