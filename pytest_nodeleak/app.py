"""What a test holds in its hands: a running app that can be hammered."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, overload

from pytest_nodeleak.broken_check import BrokenCheck
from pytest_nodeleak.check import Check
from pytest_nodeleak.checking import Checker
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import DoesNotFit, InvalidSetting, NotAvailable
from pytest_nodeleak.footprint import fit_into
from pytest_nodeleak.load.command import CommandDriver, LoadCommand
from pytest_nodeleak.load.connections import Connections
from pytest_nodeleak.load.driver import LoadDriver, RouteDriver
from pytest_nodeleak.load.plan import (
    JsonValue,
    LoadPlan,
    require_positive,
)
from pytest_nodeleak.load.scenario import Scenario, ScenarioDriver, routes_of_mix
from pytest_nodeleak.marker import MarkerSettings
from pytest_nodeleak.nodejs.observed import ObservedApp
from pytest_nodeleak.outcome import Report, Reports
from pytest_nodeleak.plant import planted
from pytest_nodeleak.progress import SILENT, Progress
from pytest_nodeleak.report.fit import fit_lines
from pytest_nodeleak.settings import Settings
from pytest_nodeleak.sounding import sound

__all__ = ["NodeApp"]


class NodeApp:
    """A running app; a context manager that ends it.

    Attributes:
        base_url: Where it serves.
        socket_path: The Unix socket it serves on; None if it listens on a port.
        running: What is observed of it.
        directory: Places in findings are relative to it.

    """

    def __init__(  # noqa: PLR0913  # built in one place, by the factory
        self,
        running: ObservedApp,
        *,
        name: str,
        directory: Path,
        settings: Settings,
        marker: MarkerSettings,
        record: Callable[[Check | BrokenCheck], None],
        first_n: int = 1,
        progress: Progress = SILENT,
    ) -> None:
        self.running = running
        self.directory = directory
        self._checker = Checker(
            running=running,
            name=name,
            directory=directory,
            settings=settings,
            marker=marker,
            record=record,
            progress=progress,
        )
        # One counter for all checks: an id that was used before may be cached.
        self._numbers: Iterator[int] = itertools.count(first_n)
        self.base_url = running.endpoint.base_url
        self.socket_path = running.endpoint.socket_path

    @property
    def pid(self) -> int:
        """The process that serves.

        Raises:
            NotAvailable: If the app was started elsewhere.

        """
        if self.running.pid is None:
            raise NotAvailable("pid")
        return self.running.pid

    @property
    def output(self) -> tuple[str, ...]:
        """The last lines the app printed.

        Raises:
            NotAvailable: If the app was started elsewhere.

        """
        tail = self.running.output_tail(200)
        if tail is None:
            raise NotAvailable("output")
        return tail

    @overload
    def hammer(  # type: ignore[overload-overlap]  # a str is a sequence of itself
        self,
        target: str | Scenario,
        *,
        requests: int | None = None,
        concurrency: int | None = None,
        headers: Mapping[str, str] | None = None,
        json: JsonValue = None,
        data: str | None = None,
        expect_status: int | Collection[int] = (),
        connections: Connections | None = None,
    ) -> Report: ...
    @overload
    def hammer(
        self,
        target: Sequence[str],
        *,
        mix: Literal[True],
        requests: int | None = None,
        concurrency: int | None = None,
        headers: Mapping[str, str] | None = None,
        json: JsonValue = None,
        data: str | None = None,
        expect_status: int | Collection[int] = (),
        connections: Connections | None = None,
    ) -> Report: ...
    @overload
    def hammer(
        self,
        target: Sequence[str | Scenario],
        *,
        requests: int | None = None,
        concurrency: int | None = None,
        headers: Mapping[str, str] | None = None,
        json: JsonValue = None,
        data: str | None = None,
        expect_status: int | Collection[int] = (),
        connections: Connections | None = None,
    ) -> Reports: ...
    @overload
    def hammer(
        self, *, load_command: str, load_count: str, requests: int | None = None
    ) -> Report: ...
    def hammer(  # noqa: PLR0913  # the public contract
        self,
        target: str | Scenario | Sequence[str | Scenario] | None = None,
        *,
        mix: bool = False,
        requests: int | None = None,
        concurrency: int | None = None,
        headers: Mapping[str, str] | None = None,
        json: JsonValue = None,
        data: str | None = None,
        expect_status: int | Collection[int] = (),
        connections: Connections | None = None,
        load_command: str | None = None,
        load_count: str = "",
    ) -> Report | Reports:
        r"""Put load on a route and find out what piles up.

        Args:
            target: ``"GET /users/{n}"``; or a callable that takes a
                ``requests.Session`` bound to the app, counted as one request per call;
                or a sequence of these, each judged by itself unless mixed.
            mix: Send several routes in turn, as one load with one report; what grows is
                put down to the route that makes it grow.
            requests: Load of the screen and the two windows together; a suspect is
                watched under as many again. Without it the amount adapts.
            concurrency: Requests under way at once; 8 for routes, 1 for callables.
            headers: Request headers; ``{n}``, ``{uuid}`` and ``{random}`` are filled
                in here as in the path, ``json`` and ``data``.
            json: Request body as JSON.
            data: Request body as text.
            expect_status: Statuses that are fine; default any 2xx or 3xx.
            connections: Whether clients of routes hang up or reconnect; scenarios see to
                that themselves.
            load_command: Started for each round instead of our own load, e.g.
                ``"k6 run -i {requests} -e URL={base_url} load.js"``.
            load_count: A regular expression that finds in what it prints how many
                requests it sent, e.g. ``r"http_reqs\S* (\d+)"``.

        Raises:
            AppCrashed: If the app dies, with the diagnosis.
            DescriptorsExhausted: If it has no file descriptor left, likewise.
            AppHangs: If its event loop does not come round any more, with the place.
            LoadFailed: If more than 1 % of the requests go wrong.
            LoadCommandFailed: If the load command fails, or does not say what it sent.
            InvalidSetting: If an argument cannot be used.

        """
        require_positive("requests=", requests)
        if load_command is not None:
            return self._check_command(
                LoadCommand(command=load_command, count=load_count), requests
            )
        if target is None:
            raise InvalidSetting(
                name="target",
                value=target,
                source="hammer()",
                expected="a route, a callable or several of them; or give load_command=",
            )
        statuses = {expect_status} if isinstance(expect_status, int) else expect_status

        def plan_for(route: str) -> LoadPlan:
            return LoadPlan.for_route(
                route,
                headers=headers,
                json=json,
                data=data,
                concurrency=8 if concurrency is None else concurrency,
                expect_status=statuses,
                connections=connections,
            )

        def check_one(one: str | Scenario) -> Report:
            if not callable(one):
                return self._check_routes([plan_for(one)], requests)
            return self._check_scenario(one, concurrency or 1, statuses, requests)

        if mix:
            return self._check_routes(
                [plan_for(route) for route in routes_of_mix(target)], requests
            )
        if isinstance(target, str) or callable(target):
            return check_one(target)
        return Reports([check_one(one) for one in target])

    def _check_routes(
        self,
        plans: Sequence[LoadPlan],
        requests: int | None,
        *,
        notes: Sequence[str] = (),
    ) -> Report:
        def open_driver(abandon: Deadline) -> LoadDriver:
            return RouteDriver(
                plans,
                self.running.endpoint,
                self._numbers,
                may_answer=self.running.may_answer,
                abandon=abandon,
            )

        return self._checker.check(open_driver, requests, notes=notes)

    def hammer_plan(
        self,
        plan: LoadPlan,
        *,
        spare: Sequence[int] = (),
        security: Sequence[str] = (),
    ) -> Report:
        """Put a pool of requests on the app, as far as it takes them.

        Args:
            plan: The pool.
            spare: Positions of requests that are used only if others are not answered well.
            security: What the app asks clients to prove themselves with, for messages.

        Raises:
            LoadFailed: If no kind of request is answered with a success.
            NodeLeakError: As :meth:`hammer`.

        """
        with self._checker.recording(plan.target):
            sounding = sound(
                plan,
                self.running.endpoint,
                self._numbers,
                spare=spare,
                security=security,
                may_answer=self.running.may_answer,
            )
        hidden_in = self._checker.settings.sweep.headers.hidden_in
        return self._check_routes(
            [sounding.plan], None, notes=[hidden_in(note) for note in sounding.notes]
        )

    def _check_command(self, load: LoadCommand, requests: int | None) -> Report:
        def open_driver(abandon: Deadline) -> LoadDriver:
            return CommandDriver(load, self.running.endpoint, abandon=abandon)

        return self._checker.check(open_driver, requests)

    def _check_scenario(
        self,
        scenario: Scenario,
        concurrency: int,
        statuses: Collection[int],
        requests: int | None,
    ) -> Report:
        def open_driver(abandon: Deadline) -> LoadDriver:
            return ScenarioDriver(
                scenario,
                self.running.endpoint,
                self._numbers,
                concurrency=concurrency,
                expect_status=statuses,
                abandon=abandon,
            )

        return self._checker.check(open_driver, requests)

    def planted(
        self, *, objects_per_request: float, size_bytes: int
    ) -> AbstractContextManager[None]:
        """Plant a leak of known size; see ``nodeleak.plant``."""
        return planted(
            self.running,
            objects_per_request=objects_per_request,
            size_bytes=size_bytes,
        )

    def assert_fits(
        self,
        memory: str,
        *,
        workers: int | None = None,
        external: str | None = None,
        reserved: str | None = None,
    ) -> None:
        """Fail if the kernel of a container would kill before V8 gives up.

        Args:
            memory: Of the container or instance, e.g. ``"512 MiB"``.
            workers: How many processes of this app share it; 1 if None.
            external: Buffers of each at the peak, e.g. ``"100 MB"``; if None, as of now.
            reserved: What the system takes of an instance's memory.

        Raises:
            DoesNotFit: With the sum and a heap limit that fits.

        """
        __tracebackhide__ = True
        fit = fit_into(
            self.running, memory, workers=workers, external=external, reserved=reserved
        )
        if not fit.fits:
            raise DoesNotFit("\n".join(fit_lines(fit)))

    def in_hands_of(
        self,
        test: str,
        *,
        marker: MarkerSettings,
        record: Callable[[Check | BrokenCheck], None],
    ) -> Self:
        """Return the same app for checks of another test; ids go on counting."""
        other = copy(self)
        checker = replace(self._checker, name=test, marker=marker, record=record)
        other._checker = checker  # noqa: SLF001  # of the same class
        return other

    def stop(self) -> None:
        """End the app and everything it started; stopping twice is fine.

        An app that was attached to is left running.
        """
        self.running.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
