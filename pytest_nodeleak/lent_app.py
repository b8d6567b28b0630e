"""One app for many test items, as long as they find nothing wrong with it.

A route that leaks may blur what the next one is measured by, and one that crashed its app
has left nothing to measure: after these the next item gets a fresh app.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_nodeleak.app import NodeApp
    from pytest_nodeleak.factory import NodeLeak
    from pytest_nodeleak.outcome import Report

__all__ = ["Lent", "LentApp"]

_CLEAN = "clean"


@dataclass(slots=True)
class Lent:
    """The app, in the hands of one item.

    Attributes:
        app: Records what it does as that item's.
        is_clean: Whether a check has shown that nothing stays of it.

    """

    app: NodeApp
    is_clean: bool = False

    def seen(self, report: Report) -> Report:
        """Take note of what a check has shown, and return it."""
        self.is_clean = report.verdict == _CLEAN
        return report


class LentApp:
    """Starts an app when one is needed, and keeps it until it is not to be trusted."""

    def __init__(self) -> None:
        self._app: NodeApp | None = None
        self._owner: NodeLeak | None = None

    @contextmanager
    def lent_to(self, factory: NodeLeak) -> Iterator[Lent]:
        """Lend the app to an item, for the length of the block.

        Args:
            factory: The item's; an app is started by it if there is none to lend.

        """
        if self._owner is not None and self._owner.conditions != factory.conditions:
            self.close()
        if self._app is None:
            self._owner = factory
            self._app = factory.open()
        lent = Lent(factory.adopt(self._app))
        try:
            yield lent
        finally:
            if not lent.is_clean:
                self.close()

    def close(self) -> None:
        """End the app, if there is one; closing twice is fine."""
        owner, self._owner, self._app = self._owner, None, None
        if owner is not None:
            owner.close()
