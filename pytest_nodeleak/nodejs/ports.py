"""A free port for an app, and whether one answers as an app does."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pycurl

from pytest_nodeleak.curl import set_up
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endpoint import Endpoint
from pytest_nodeleak.exceptions import UntrustedCertificate

__all__ = ["answering", "free_port", "send_marked"]

_ANSWER_TIMEOUT_S = 2.0
# Below are services that a machine has for good.
_FIRST_PORT, _TRIES = 15_000, 20
_CLIENTS_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_USUAL_FIRST_OF_CLIENTS = 32_768
# What Node's inspector says to plain HTTP; such a port is not the app's.
_INSPECTOR_REPLY = b"WebSockets request was expected"
# Nobody is there, or nobody has time: another protocol would fare no better.
_NOT_NOW = {
    pycurl.E_COULDNT_CONNECT,
    pycurl.E_COULDNT_RESOLVE_HOST,
    pycurl.E_OPERATION_TIMEDOUT,
}
_MARK_HEADER = "x-nodeleak-attach"
_UNTRUSTED = {pycurl.E_SSL_CACERT, pycurl.E_SSL_CACERT_BADFILE}


def free_port() -> int:
    """Return a port that nobody has just now, nor is given to a client's connection.

    What the system itself gives away is the range that the connections of loads come
    from; one of these may take such a port before the app does.
    """
    ports = range(_FIRST_PORT, max(_FIRST_PORT, _first_of_clients()))
    for port in random.sample(ports, k=min(_TRIES, len(ports))):
        if _is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        given: int = probe.getsockname()[1]
        return given


def _first_of_clients() -> int:
    """Return where the range begins that clients' connections get their ports from."""
    try:
        return int(_CLIENTS_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return _USUAL_FIRST_OF_CLIENTS


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answering(endpoint: Endpoint, deadline: Deadline) -> Endpoint | None:
    """Find out what is spoken at an address: HTTP/1.1, HTTPS or HTTP/2 without TLS.

    Returns:
        The address with what is spoken there; None if nobody answers.

    Raises:
        UntrustedCertificate: If it answers with a certificate that is not trusted.

    """
    for one in _protocols(endpoint):
        asked = _ask(one, deadline)
        if asked.problem is None:
            return None if _INSPECTOR_REPLY in asked.excerpt else one
        if asked.problem in _UNTRUSTED:
            raise UntrustedCertificate(address=one.name, problem=asked.message)
        if asked.problem in _NOT_NOW:
            return None
    return None


def send_marked(endpoint: Endpoint, mark: str, count: int, deadline: Deadline) -> bool:
    """Send requests that carry a mark, each on a connection of its own.

    Returns:
        Whether they went by HTTP/2, of which Node tells its observers nothing.

    """
    versions = set()
    for _ in range(count):
        curl = pycurl.Curl()
        try:
            set_up(curl, endpoint)
            curl.setopt(pycurl.URL, f"{endpoint.base_url}/")
            curl.setopt(pycurl.HTTPHEADER, [f"{_MARK_HEADER}: {mark}"])
            _perform(curl, deadline, lambda _data: -1)
            versions.add(curl.getinfo(pycurl.INFO_HTTP_VERSION))
        finally:
            curl.close()
    return pycurl.CURL_HTTP_VERSION_2_0 in versions


def _protocols(endpoint: Endpoint) -> Iterator[Endpoint]:
    """Yield the likely ones first; a server hangs up on what it does not speak."""
    secure = endpoint.base_url.replace("http://", "https://", 1)
    yield endpoint
    yield replace(endpoint, base_url=secure)
    yield replace(endpoint, knows_http2=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What came of one request.

    Attributes:
        problem: curl's code; None if there was an answer.
        message: curl's words for it.
        excerpt: How the answer's body begins.

    """

    problem: int | None
    message: str = ""
    excerpt: bytes = b""


def _ask(endpoint: Endpoint, deadline: Deadline) -> _Asked:
    excerpt = bytearray()

    def keep(data: bytes) -> int:
        excerpt.extend(data)
        # One piece will do: an endless answer is an answer.
        return -1

    curl = pycurl.Curl()
    try:
        set_up(curl, endpoint)
        curl.setopt(pycurl.URL, f"{endpoint.base_url}/")
        return _perform(curl, deadline, keep) or _Asked(
            problem=None, excerpt=bytes(excerpt)
        )
    finally:
        curl.close()


def _perform(
    curl: pycurl.Curl, deadline: Deadline, keep: Callable[[bytes], int]
) -> _Asked | None:
    """Send a request; return why there was no answer, None if there was one."""
    timeout_s = min(_ANSWER_TIMEOUT_S, deadline.remaining_s())
    curl.setopt(pycurl.TIMEOUT_MS, max(1, int(timeout_s * 1000)))
    curl.setopt(pycurl.WRITEFUNCTION, keep)
    try:
        curl.perform()
    except pycurl.error as exc:
        if not curl.getinfo(pycurl.RESPONSE_CODE):
            return _Asked(problem=int(exc.args[0]), message=curl.errstr())
    return None
