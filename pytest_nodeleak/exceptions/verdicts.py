"""Failed assertions: what was found is what was asked for."""

from __future__ import annotations

__all__ = ["DoesNotFit", "LeakDetected"]


class LeakDetected(AssertionError):
    """A check failed: the app leaks, or is over a limit, or could not be judged.

    The message is the report; ``str(error)`` is what pytest prints.

    Attributes:
        headline: The verdict in one line, for where there is room for no more.

    """

    def __init__(self, report: str, *, headline: str = "") -> None:
        self.headline = headline or report.partition("\n")[0]
        super().__init__(report)


class DoesNotFit(AssertionError):
    """The app may need more memory than there is; the message is the sum."""
