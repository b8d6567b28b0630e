"""Launches apps for one test and ends them after it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path

from pytest_nodeleak.app import NodeApp
from pytest_nodeleak.attached import AttachedApp
from pytest_nodeleak.attachment import ATTACH_SOURCE, attachment_from, refusal
from pytest_nodeleak.broken_check import BrokenCheck
from pytest_nodeleak.check import Check
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endpoint import Endpoint, Verify
from pytest_nodeleak.exceptions import InvalidSetting, NodeLeakError
from pytest_nodeleak.given import parse_given
from pytest_nodeleak.load.plan import require_positive
from pytest_nodeleak.marker import MarkerSettings
from pytest_nodeleak.nodejs.binary import NodeBinary, find_node
from pytest_nodeleak.nodejs.command import AppSpec
from pytest_nodeleak.nodejs.launcher import RunningApp
from pytest_nodeleak.nodejs.open_files import open_files_limit
from pytest_nodeleak.progress import SILENT, Progress, Starting, following
from pytest_nodeleak.resume import resume
from pytest_nodeleak.settings import Settings
from pytest_nodeleak.units import memory_size

__all__ = ["NodeLeak"]

_SOURCE = "launch()"


@cache
def _find_node(
    explicit: str | None, _environ_key: tuple[str | None, ...]
) -> NodeBinary:
    # Asking a binary for its version starts it; once per session is enough.
    return find_node(explicit, os.environ)


class NodeLeak:
    """The ``nodeleak`` fixture: starts apps, with the test's settings.

    Attributes:
        settings: The session's settings.

    """

    def __init__(
        self,
        *,
        settings: Settings,
        marker: MarkerSettings,
        test: str,
        record: Callable[[Check | BrokenCheck], None],
        progress: Progress = SILENT,
    ) -> None:
        self.settings = settings
        self._marker = marker
        self._test = test
        self._record = record
        self._progress = progress
        self._apps = ExitStack()

    def launch(  # noqa: PLR0913  # the public contract
        self,
        command: str | None = None,
        *,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        max_old_space_size: int | None = None,
        max_semi_space_size: int | None = None,
        node_args: Sequence[str] = (),
        memory_limit: str | None = None,
        max_open_files: int | None = None,
        port: int | None = None,
        verify: Verify | None = None,
        ready_timeout: float | None = None,
    ) -> NodeApp:
        """Start an app and wait until it serves.

        It ends with the test, or earlier when used as a context manager.

        Args:
            command: As typed in a shell; default ``nodeleak_app``.
            cwd: Where to start it, relative to the root directory; default
                ``nodeleak_cwd``.
            env: Added to the environment; ``PORT`` is always set to a free port.
            max_old_space_size: V8's old-space limit in MB.
            max_semi_space_size: V8's semi-space limit in MB.
            node_args: More flags for Node.
            memory_limit: Memory of all its processes together, e.g. ``"256 MiB"``: a
                memory cgroup as a container has one, or, where the user may not make
                one, a watchdog that ends the app.
            max_open_files: File descriptors each of its processes may have, as
                ``ulimit -n`` sets it; beyond them it gets ``EMFILE``. Linux and macOS.
            port: The port it serves on, where it does not mind ``PORT`` and listens on
                several; ``PORT`` is set to it.
            verify: Whether its certificate is checked if it serves HTTPS, as in
                ``requests``: False for a self-signed one, or a file of certificates to
                trust; default ``nodeleak_verify``.
            ready_timeout: Seconds until it must answer.

        Raises:
            InvalidSetting: If there is no command, or it cannot be used.
            CommandNotFound: If there is nothing to start.
            AppExited: If the app ends before it serves.
            AppNotReady: If it does not serve in time.
            UntrustedCertificate: If its certificate is not trusted.

        """
        settings = self.settings
        chosen = command or settings.app
        if not chosen:
            raise InvalidSetting(
                name="app command",
                value=chosen,
                source="nodeleak_app",
                expected='set; say how the app is started, e.g. --nodeleak-app "node'
                ' server.js" or nodeleak_app in pyproject.toml',
            )
        directory = settings.cwd if cwd is None else settings.cwd / Path(cwd)
        spec = AppSpec(
            command=chosen,
            cwd=directory,
            env=dict(env or {}),
            max_old_space_size_mb=max_old_space_size or settings.max_old_space_mb,
            max_semi_space_size_mb=max_semi_space_size,
            node_args=tuple(node_args),
            port=port,
            verify=settings.verify if verify is None else _trusted(verify),
            memory_limit_bytes=self._marker.memory_limit_bytes
            if memory_limit is None
            else parse_given("memory_limit", memory_limit, memory_size, source=_SOURCE),
            max_open_files=self._marker.max_open_files
            if max_open_files is None
            else parse_given(
                "max_open_files", max_open_files, open_files_limit, source=_SOURCE
            ),
        )
        environ_key = (os.environ.get("NODELEAK_NODE"), os.environ.get("PATH"))
        with self._beginning(f"starting {chosen}", ready_timeout) as deadline:
            running = RunningApp.launch(
                spec,
                _find_node(settings.node, environ_key),
                deadline,
                resume=resume,
            )
        app = NodeApp(
            running,
            name=self._test,
            directory=directory,
            settings=settings,
            marker=self._marker,
            record=self._record,
            progress=self._progress,
        )
        return self._apps.enter_context(app)

    def attach(  # noqa: PLR0913  # the public contract
        self,
        address: str | None = None,
        *,
        base_url: str | None = None,
        remote: bool | None = None,
        verify: Verify | None = None,
        first_n: int | None = None,
        ready_timeout: float | None = None,
    ) -> NodeApp:
        """Measure an app that was started elsewhere; it is left running.

        Args:
            address: Of its inspector, ``"127.0.0.1:9229"``; default ``nodeleak_attach``.
            base_url: Where it serves, as reached from here; default
                ``nodeleak_base_url``.
            remote: Whether its inspector may be on another machine, where whoever reaches
                it can run code in the app; default ``nodeleak_attach_remote``.
            verify: Whether its certificate is checked, as in :meth:`launch`.
            first_n: Where ``{n}`` starts; default a number that no earlier session used,
                since the app's caches outlive a session: microseconds since 1970.
            ready_timeout: Seconds until it must answer.

        Raises:
            InvalidSetting: If there is no address, or it cannot be used.
            CannotAttach: If there is no Node.js at the address, or it does not serve there.
            UntrustedCertificate: If its certificate is not trusted.

        """
        settings = self.settings
        attachment = attachment_from(
            settings.attach, address, serves_at=base_url, remote=remote
        )
        for name, value in self._marker.conditions_of_start(settings).items():
            raise refusal(
                name,
                value,
                source=f"nodeleak marker on {self._test}",
                attach=ATTACH_SOURCE,
            )
        require_positive("first_n=", first_n, source=ATTACH_SOURCE)
        endpoint = Endpoint(
            base_url=attachment.base_url,
            verify=settings.verify if verify is None else _trusted(verify),
        )
        doing = f"attaching to {attachment.address}"
        with self._beginning(doing, ready_timeout) as deadline:
            running = AttachedApp.attach(attachment.address, endpoint, deadline)
        app = NodeApp(
            running,
            name=self._test,
            directory=running.directory,
            settings=settings,
            marker=self._marker,
            record=self._record,
            progress=self._progress,
            first_n=time.time_ns() // 1000 if first_n is None else first_n,
        )
        return self._apps.enter_context(app)

    @contextmanager
    def _beginning(self, what: str, ready_timeout: float | None) -> Iterator[Deadline]:
        """Tell that an app is started; record it if that fails, as no check will be."""
        deadline = Deadline(ready_timeout or self.settings.ready_timeout_s)
        begun = Starting(what=what, allowed_s=deadline.allowed_s)
        try:
            with following(self._progress, begun):
                yield deadline
        except NodeLeakError as exc:
            self._record(
                BrokenCheck.before_it_began(
                    test=self._test,
                    target=what,
                    reason=str(exc),
                    elapsed_s=deadline.elapsed_s(),
                )
            )
            raise

    def open(self, command: str | None = None) -> NodeApp:
        """Attach to the app of ``--nodeleak-attach`` where one is set, else launch one.

        Args:
            command: Launches this one in any case.

        """
        if command is None and self.settings.attach is not None:
            return self.attach()
        return self.launch(command)

    @property
    def conditions(self) -> tuple[int | None, int | None]:
        """What tests that share an app must agree in: its limits."""
        return self._marker.memory_limit_bytes, self._marker.max_open_files

    def adopt(self, app: NodeApp) -> NodeApp:
        """Return an app that another test has started, for checks of this one."""
        return app.in_hands_of(self._test, marker=self._marker, record=self._record)

    def plant(
        self, app: NodeApp, *, objects_per_request: float = 1.0, size_bytes: int = 64
    ) -> AbstractContextManager[None]:
        """Plant a leak of known size in a running app, to check your own set-up.

        ::

            with nodeleak.plant(node_app, objects_per_request=0.1):
                assert node_app.hammer("GET /users/{n}").verdict == "leak"

        Args:
            app: It must serve with ``node:http`` or ``node:https``.
            objects_per_request: 0.01 keeps one object for each hundredth request.
            size_bytes: Of each; 8 keeps a number in a list.

        Raises:
            InvalidSetting: If rate or size is not above 0.

        """
        return app.planted(
            objects_per_request=objects_per_request, size_bytes=size_bytes
        )

    def close(self) -> None:
        """End every app that still runs."""
        self._apps.close()


def _trusted(verify: Verify) -> Verify:
    if isinstance(verify, str) and not Path(verify).is_file():
        raise InvalidSetting(
            name="verify",
            value=verify,
            source=_SOURCE,
            expected="True, False or a file of certificates to trust",
        )
    return verify
