"""One client of a load: a curl handle, and what it needs to remember."""

from __future__ import annotations

from collections import deque

import pycurl

from pytest_nodeleak.curl import set_up
from pytest_nodeleak.endpoint import Endpoint
from pytest_nodeleak.load.plan import LoadPlan

__all__ = ["Slot"]

_EXCERPT_BYTES = 400
# curl hands over 16 KiB at a time; of an answer of more pieces the last ones are kept.
_MOST_PIECES = 16
_REQUEST_TIMEOUT_MS = 30_000


class Slot:
    """One connection's worth of work.

    Attributes:
        curl: The handle.
        plan: What it sends.
        url: Of the request under way.
        is_connected: Whether the connection of the request before is still open.
        is_aborted: Whether the client hangs up as soon as it has sent the request.

    """

    def __init__(self, plan: LoadPlan, endpoint: Endpoint) -> None:
        self.curl = pycurl.Curl()
        self._endpoint = endpoint
        self._pieces: deque[bytes] = deque(maxlen=_MOST_PIECES)
        self.url = ""
        self.is_connected = False
        self.is_aborted = False
        self.prepare(plan)

    def prepare(self, plan: LoadPlan) -> None:
        """Set what all requests of a plan have in common."""
        curl, self.plan = self.curl, plan
        # Only a reset takes the body of the plan before off again.
        curl.reset()
        # Written in C. A signal that comes while curl works is told to the next line of
        # Python, and what that raises below curl is lost: Ctrl-C, or a test's timeout.
        curl.setopt(pycurl.WRITEFUNCTION, self._pieces.append)
        set_up(curl, self._endpoint)
        curl.setopt(pycurl.TIMEOUT_MS, _REQUEST_TIMEOUT_MS)
        curl.setopt(pycurl.CUSTOMREQUEST, plan.method)
        if plan.method == "HEAD":
            curl.setopt(pycurl.NOBODY, 1)
        if plan.has_constant_headers:
            self.set_headers(plan, 0)

    def set_headers(self, plan: LoadPlan, n: int) -> None:
        """Set the headers of request ``n``."""
        lines = [f"{key}: {template.render(n)}" for key, template in plan.headers]
        # Without this, curl waits for "100 Continue" before it sends a large body.
        self.curl.setopt(
            pycurl.HTTPHEADER, [line.encode() for line in (*lines, "Expect:")]
        )

    def start(self, url: str, n: int) -> None:
        """Set what is the request's own; ``n`` is its number."""
        plan, connections = self.plan, self.plan.connections
        self._pieces.clear()
        self.url = url
        self.curl.setopt(pycurl.URL, url)
        if plan.body is not None:
            self.curl.setopt(pycurl.POSTFIELDS, plan.body.render(n).encode())
        if not plan.has_constant_headers:
            self.set_headers(plan, n)
        self.is_aborted = connections.is_aborted(n)
        if connections.reconnect_every is not None:
            self.curl.setopt(pycurl.FORBID_REUSE, connections.is_last(n))

    def has_sent(self) -> bool:
        """Tell whether all of the request is on its way."""
        head = self.curl.getinfo(pycurl.REQUEST_SIZE)
        to_upload = self.curl.getinfo(pycurl.CONTENT_LENGTH_UPLOAD_T)
        return bool(head > 0 and self.curl.getinfo(pycurl.SIZE_UPLOAD_T) >= to_upload)

    @property
    def excerpt(self) -> str:
        """How the body of the last answer begins."""
        return b"".join(self._pieces)[:_EXCERPT_BYTES].decode(errors="replace")
