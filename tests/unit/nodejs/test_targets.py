from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import CannotAttach
from pytest_nodeleak.nodejs.inspector_address import InspectorAddress, remote_warning
from pytest_nodeleak.nodejs.targets import (
    NoAnswer,
    Target,
    find_target,
    list_targets,
    parse_targets,
)


def listed(name: str, **more: str) -> dict[str, str]:
    """Return what Node lists of a process: in a container by its own address."""
    return {
        "id": name,
        "type": "node",
        "title": "server.js",
        "webSocketDebuggerUrl": f"ws://0.0.0.0:9229/{name}",
        **more,
    }


@contextmanager
def inspector(body: bytes, status: int = 200) -> Iterator[InspectorAddress]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/json/list"
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield InspectorAddress(host="127.0.0.1", port=server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def found(*targets: Mapping[str, str], target: str = "") -> str:
    with inspector(json.dumps(targets).encode()) as address:
        named = InspectorAddress(host=address.host, port=address.port, target=target)
        return find_target(named, Deadline(5.0)).url.removeprefix(f"ws://{address}")


@pytest.mark.parametrize(
    ("text", "host", "port", "target"),
    [
        ("127.0.0.1:9229", "127.0.0.1", 9229, ""),
        (" localhost:9229/ ", "localhost", 9229, ""),
        ("[::1]:9229", "::1", 9229, ""),
        ("ws://127.0.0.1:9229/1b-2c", "127.0.0.1", 9229, "1b-2c"),
        ("app.example:80", "app.example", 80, ""),
    ],
)
def test_an_address_is_what_node_prints_or_less(
    text: str, host: str, port: int, target: str
) -> None:
    address = InspectorAddress.parse(text)
    assert address == InspectorAddress(host=host, port=port, target=target)


@pytest.mark.parametrize(
    "text", ["", "9229", "host", "host:0", "host:65536", "a b:1", "u@h:1", "::1:9229"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a host and a port such as"):
        InspectorAddress.parse(text)


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("10.0.0.7", False),
        ("localhost.example", False),
        ("::ffff:10.0.0.7", False),
    ],
)
def test_only_the_loopback_is_ours_alone(host: str, *, is_loopback: bool) -> None:
    address = InspectorAddress(host=host, port=9229)
    assert address.is_loopback is is_loopback
    assert bool(remote_warning(address)) is not is_loopback


def test_a_container_s_own_address_is_replaced_by_the_one_we_reach() -> None:
    assert found(listed("1b-2c")) == "/1b-2c"


def test_of_several_one_process_is_taken_or_the_one_that_is_named() -> None:
    worker = listed("w", type="worker")
    assert found(worker, listed("p")) == "/p"
    assert found(listed("a"), listed("b"), target="b") == "/b"


def test_several_processes_are_listed_and_their_titles_are_harmless() -> None:
    with pytest.raises(CannotAttach, match="lists 2 targets\nSay which") as refused:
        found(listed("a"), listed("b", title="\x1b[31mred"))
    assert "/b  '\\x1b[31mred'" in str(refused.value)


def test_a_target_that_is_gone_is_not_replaced_by_another_one() -> None:
    with pytest.raises(CannotAttach, match="lists no target old"):
        found(listed("new"), target="old")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"7",
        b'{"a": 1}',
        b"[[]]",
        json.dumps([{"id": "a"}]).encode(),
        json.dumps([listed("a", webSocketDebuggerUrl="ws:@evil/x")]).encode(),
    ],
)
def test_what_is_no_list_of_targets_is_no_inspector(body: bytes) -> None:
    with inspector(body) as address:
        answer = list_targets(address, Deadline(5.0))
    assert answer == NoAnswer(problem="what answers there is no inspector of Node.js")


def test_an_endless_answer_is_cut_short() -> None:
    with inspector(b"[" + b" " * 10**6) as address:
        assert isinstance(list_targets(address, Deadline(5.0)), NoAnswer)


def test_without_time_an_inspector_is_silent_rather_than_gone() -> None:
    answer = list_targets(InspectorAddress(host="127.0.0.1", port=1), Deadline(0.0))
    assert isinstance(answer, NoAnswer)
    assert answer.is_silent


def test_a_name_that_stands_for_nothing_is_told() -> None:
    address = InspectorAddress(host="no-such-host.invalid", port=9229)
    with pytest.raises(CannotAttach, match="stands for no address"):
        find_target(address, Deadline(5.0))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        "7",
        "[7]",
        "[{}]",
        "[" * 20_000,
        '[{"id": "1", "webSocketDebuggerUrl": "ws://[x/1"}]',
        '[{"id": "1", "webSocketDebuggerUrl": "ws://x/a b"}]',
        '[{"id": "\x1b[31m", "webSocketDebuggerUrl": "ws://x/1"}]'.replace(
            "\x1b", "\\u001b"
        ),
        '[{"id": {"a": 1}, "webSocketDebuggerUrl": "ws://x/1"}]',
    ],
    ids=lambda text: text[:40],
)
def test_a_list_that_cannot_be_understood_is_no_inspector_s(text: str) -> None:
    answer = parse_targets(text, "127.0.0.1:9229")
    assert answer == NoAnswer(problem="what answers there is no inspector of Node.js")


def test_a_list_does_not_lead_to_another_host_whatever_it_says() -> None:
    listed_elsewhere = listed("a-1", webSocketDebuggerUrl="ws://example.com:80/a-1")
    (target,) = _targets(json.dumps([{**listed_elsewhere, "title": "x" * 10_000}]))
    assert target.url == "ws://127.0.0.1:9229/a-1"
    assert target.title == "x" * 200


def _targets(text: str) -> tuple[Target, ...]:
    answer = parse_targets(text, "127.0.0.1:9229")
    assert not isinstance(answer, NoAnswer)
    return answer


def test_an_error_of_http_is_told() -> None:
    with inspector(b"[]", 500) as address:
        answer = list_targets(address, Deadline(5.0))
    problem = "what answers there is no inspector of Node.js (HTTP 500)"
    assert answer == NoAnswer(problem=problem)


def test_a_list_that_does_not_end_is_not_kept() -> None:
    with inspector(b" " * 1_000_000) as address:
        answer = list_targets(address, Deadline(5.0))
    assert answer == NoAnswer(problem="what answers there is no inspector of Node.js")
