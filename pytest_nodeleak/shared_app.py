"""The one app that all repeated tests call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

import pytest

from pytest_nodeleak.app import NodeApp
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.checking import Checker
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import CannotAttach, DeadlineExceeded, InspectorError
from pytest_nodeleak.factory import NodeLeak
from pytest_nodeleak.marker import marker_settings
from pytest_nodeleak.nodejs.launcher import RunningApp
from pytest_nodeleak.progress import SILENT, Progress
from pytest_nodeleak.request_counter import counting_requests
from pytest_nodeleak.session import SETTINGS, marker_settings_of, recorder
from pytest_nodeleak.settings import Settings

__all__ = ["SharedApp"]

_SOURCE = "--nodeleak-repeat"
_CONNECT_S = 5.0
_LOOKING_S = 5.0


class SharedApp:
    """Launched once and again when it has died, always on the same port; or attached to.

    Attributes:
        base_url: Where it serves; empty before it was launched.

    """

    def __init__(self, settings: Settings, progress: Progress = SILENT) -> None:
        self._attach = settings.attach
        self.base_url = settings.attach.base_url if settings.attach else ""
        self._progress = progress
        self._factory = NodeLeak(
            settings=settings,
            marker=marker_settings({}, settings, test=_SOURCE),
            test=_SOURCE,
            record=lambda _check: None,
            progress=progress,
        )
        self._app: NodeApp | None = None
        self._inspectors: Sequence[str] = ()

    @property
    def is_ready(self) -> bool:
        """Whether it runs, as far as is known."""
        return self._app is not None and self._app.running.is_alive()

    @property
    def is_ours(self) -> bool:
        """Whether we launch it."""
        return self._attach is None

    def start(self) -> None:
        """Launch it, or attach to it.

        Raises:
            NodeLeakError: If that is not possible.

        """
        self.stop()
        if self._attach is not None:
            app = self._factory.attach()
        else:
            # Tests may have taken its address down when they were imported.
            port = urlsplit(self.base_url).port if self.base_url else None
            app = self._factory.launch(port=port)
        self._app = app
        self._inspectors = _inspectors_of(app)
        self.base_url = app.base_url

    def start_if_possible(self) -> str:
        """Start it where it does not run; return why that is not possible, or nothing.

        An app that others start may not be there yet.
        """
        if self.is_ready:
            return ""
        try:
            self.start()
        except CannotAttach as exc:
            return str(exc)
        return ""

    def is_alive(self) -> bool:
        """Tell whether a test may wait for its answers."""
        # To ask an app of others takes a request of its own.
        return not self.is_ours or self.is_ready

    def get(self) -> NodeApp:
        """Return it as it is."""
        if self._app is None:
            msg = "start() comes first"
            raise RuntimeError(msg)
        return self._app

    def checker_for(self, item: pytest.Item) -> Checker:
        """Return what checks it on behalf of a test."""
        app = self.get()
        return Checker(
            running=app.running,
            name=item.nodeid,
            directory=app.directory,
            settings=item.config.stash[SETTINGS],
            marker=marker_settings_of(item),
            record=recorder(item),
            progress=self._progress,
        )

    @contextmanager
    def counting(self) -> Iterator[Callable[[], int]]:
        """Count the requests of all its processes for the length of a ``with`` block."""
        with ExitStack() as stack:
            counters = []
            for url in self._inspectors:
                # A worker that is gone gets no requests.
                with suppress(InspectorError, DeadlineExceeded):
                    client = stack.enter_context(
                        InspectorClient.open(url, Deadline(_CONNECT_S))
                    )
                    counters.append(stack.enter_context(counting_requests(client)))
            yield lambda: sum(counter.read() for counter in counters)

    def stop(self) -> None:
        """End it if it is ours; twice is fine."""
        self._factory.close()
        self._app = None


def _inspectors_of(app: NodeApp) -> Sequence[str]:
    running = app.running
    if not isinstance(running, RunningApp):
        return [running.inspector_url]
    return [
        one.inspector_url
        for one in running.processes(Deadline(_LOOKING_S))
        if one.inspector_url is not None and one.is_front
    ]
