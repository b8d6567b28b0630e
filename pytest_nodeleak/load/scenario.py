"""Runs a user's scenario, a callable that takes a ``requests.Session``, as load."""

from __future__ import annotations

import itertools
import math
import re
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError
from urllib3 import disable_warnings
from urllib3.exceptions import InsecureRequestWarning

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endpoint import Endpoint
from pytest_nodeleak.exceptions import DeadlineExceeded, InvalidSetting
from pytest_nodeleak.load.plan import is_expected
from pytest_nodeleak.load.result import LoadResult, Tally
from pytest_nodeleak.load.unix_socket import UnixAdapter
from pytest_nodeleak.own_descriptors import exhaustion_in

__all__ = ["BoundSession", "Scenario", "ScenarioDriver", "routes_of_mix"]

_REQUEST_TIMEOUT_S = 30.0
_EXCERPT_CHARACTERS = 400
_FEWEST_MIXED = 2
_HIDDEN = r"\1\2…"
_QUERY_VALUE = re.compile(r"([?&])([^=&\s'\")]*=)?[^&\s'\")]+")
# What requests raises where no answer comes, or not all of it.
_LOST = (requests.ConnectionError, requests.Timeout, ChunkedEncodingError)


class BoundSession(requests.Session):
    """A ``requests.Session`` whose paths are relative to the app.

    Attributes:
        base_url: Where the app serves.
        endpoint: The same, with what is spoken there.
        number: Counts the calls of all scenarios, as ``{n}`` counts requests: no two
            clients of an app have the same.
        expect_status: Statuses that are fine; empty means any 2xx or 3xx.
        last_status: Of the last answer, whoever asked for it; None before the first.

    """

    def __init__(
        self,
        endpoint: Endpoint,
        adapter: HTTPAdapter,
        deadline: Deadline,
        *,
        number: int,
        expect_status: Collection[int] = (),
    ) -> None:
        super().__init__()
        self.endpoint = endpoint
        self.base_url = endpoint.base_url
        self.number = number
        self.expect_status = expect_status
        self.last_status: int | None = None
        self.verify = endpoint.verify
        self._deadline = deadline
        # Proxies and credentials of the environment are not the app's business.
        self.trust_env = False
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    @property
    def timeout_s(self) -> float:
        """How long an answer is waited for; shorter at the end of the check.

        Raises:
            DeadlineExceeded: If no time is left.

        """
        return min(_REQUEST_TIMEOUT_S, self._deadline.check("the scenario"))

    def request(  # type: ignore[override]  # a narrower signature than the stub's
        self,
        method: str,
        url: str,
        *args: Any,  # noqa: ANN401  # as in requests
        **kwargs: Any,  # noqa: ANN401  # as in requests
    ) -> requests.Response:
        """Send a request; ``url`` may be a path."""
        kwargs.setdefault("timeout", self.timeout_s)
        return super().request(method, urljoin(self.base_url, url), *args, **kwargs)


Scenario = Callable[[BoundSession], object]


@dataclass(frozen=True, slots=True)
class _Bad:
    """What went wrong in a call of a scenario.

    Attributes:
        problem: As text.
        status: Of the bad answer; None if none came.
        unanswered: The request without an answer, if there is one.

    """

    problem: str
    status: int | None
    unanswered: str = ""


class ScenarioDriver:
    """Counts one call of the scenario as one request.

    Every call gets a session of its own, like a new user without cookies; connections
    are shared and kept alive. After ``abandon`` no answer is waited for any more, and the
    call that wanted it does not count.
    """

    def __init__(  # noqa: PLR0913  # as of RouteDriver, without a plan
        self,
        scenario: Scenario,
        endpoint: Endpoint,
        counter: Iterator[int] | None = None,
        *,
        concurrency: int = 1,
        expect_status: Collection[int] = (),
        abandon: Deadline | None = None,
    ) -> None:
        self._scenario = scenario
        self._abandon = abandon or Deadline(math.inf)
        self._endpoint = endpoint
        self._counter = itertools.count(1) if counter is None else counter
        self._concurrency = concurrency
        self._expect_status = expect_status
        self._adapter = _adapter_for(endpoint, concurrency)

    @property
    def targets(self) -> Sequence[str]:
        """The scenario's name."""
        usual = getattr(self._scenario, "__name__", type(self._scenario).__name__)
        return [f"scenario {getattr(self._scenario, 'name', usual)}"]

    def run(
        self, requests: int, deadline: Deadline, *, only: int | None = None
    ) -> LoadResult:
        """Call the scenario ``requests`` times, or as often as the deadline allows."""
        del only  # there is but one scenario
        tally, lock = Tally(), threading.Lock()
        numbers, stopped = itertools.count(), threading.Event()
        started = time.perf_counter()

        def work() -> None:
            while next(numbers) < requests and not (
                stopped.is_set() or deadline.has_passed()
            ):
                answer = self._call()
                if isinstance(answer, _Bad) and self._abandon.has_passed():
                    return
                with lock:
                    match answer:
                        case _Bad(problem, status, unanswered):
                            tally.add_bad(problem, status, unanswered=unanswered)
                        case status:
                            tally.add_answer(status)
                    if tally.is_hopeless:
                        return

        if self._concurrency == 1:
            work()
        else:
            self._call_at_once(work, stopped)
        return tally.result(time.perf_counter() - started)

    def _call_at_once(self, work: Callable[[], None], stopped: threading.Event) -> None:
        pool = ThreadPoolExecutor(self._concurrency, "nodeleak-scenario")
        try:
            workers = [pool.submit(work) for _ in range(self._concurrency)]
            wait(workers, return_when=FIRST_EXCEPTION)
        except BaseException:
            # After Ctrl-C nobody waits for answers that may not come; the end of the app,
            # which is next, brings that of the calls.
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        # After an exception the others must not go on.
        stopped.set()
        pool.shutdown()
        for worker in workers:
            worker.result()

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()

    def _call(self) -> int | _Bad:
        """Run the scenario once; return the last status if all went well."""
        bad: list[_Bad] = []

        def look(response: requests.Response, *_: object, **__: object) -> None:
            session.last_status = response.status_code
            if not is_expected(response.status_code, self._expect_status):
                asked = _asked(response.request)
                excerpt = response.text[:_EXCERPT_CHARACTERS]
                status = response.status_code
                bad.append(_Bad(f"{asked} answered {status}: {excerpt}", status))

        # Not closed: that would close the connections, which the next call reuses.
        session = BoundSession(
            self._endpoint,
            self._adapter,
            self._abandon,
            number=next(self._counter),
            expect_status=self._expect_status,
        )
        session.hooks["response"].append(look)
        try:
            self._scenario(session)
        except _LOST as exc:
            ours = exhaustion_in(exc)
            if ours is not None:
                raise ours from exc
            sent = exc.request
            unanswered = (
                _asked(sent) if isinstance(sent, requests.PreparedRequest) else ""
            )
            return _Bad(_failed(exc), None, unanswered)
        except requests.RequestException as exc:
            # Of an answer, such as raise_for_status(): it came.
            return _Bad(_failed(exc), session.last_status)
        except DeadlineExceeded as exc:
            return _Bad(_failed(exc), None)
        if bad:
            return bad[0]
        # A scenario that asks for nothing by HTTP has done well all the same.
        return 200 if session.last_status is None else session.last_status


def _asked(request: requests.PreparedRequest) -> str:
    """Name a request; the values in a query may be tokens."""
    return f"{request.method} {_QUERY_VALUE.sub(_HIDDEN, request.path_url)}"


def _failed(error: Exception) -> str:
    # The client's errors quote addresses.
    return f"the scenario failed: {_QUERY_VALUE.sub(_HIDDEN, str(error))}"


def _adapter_for(endpoint: Endpoint, concurrency: int) -> HTTPAdapter:
    """Return what keeps the connections.

    Raises:
        InvalidSetting: If ``requests`` does not speak what the app speaks.

    """
    if endpoint.knows_http2:
        raise InvalidSetting(
            name="target",
            value="a callable",
            source="hammer()",
            expected=f"for {endpoint.name}, which speaks HTTP/2 only, and requests"
            " speaks HTTP/1.1; give routes",
        )
    if endpoint.verify is False:
        # The user has said so; pytest takes the filter back after the test.
        disable_warnings(InsecureRequestWarning)
    if endpoint.socket_path is not None:
        return UnixAdapter(endpoint.socket_path, concurrency)
    return HTTPAdapter(pool_connections=concurrency, pool_maxsize=concurrency)


def routes_of_mix(target: str | Scenario | Sequence[str | Scenario]) -> list[str]:
    """Return the routes of a mix.

    Raises:
        InvalidSetting: If it is none.

    """
    several = [] if isinstance(target, str) or callable(target) else target
    routes = [one for one in several if isinstance(one, str)]
    if len(routes) < _FEWEST_MIXED or len(routes) < len(several):
        raise InvalidSetting(
            name="target",
            value=target,
            source="hammer(mix=True)",
            expected="a list of at least two routes; a scenario may mix what it likes",
        )
    return routes
