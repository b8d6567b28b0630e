from __future__ import annotations

import io

import pytest

from pytest_nodeleak.nodejs.output import AppOutput, parse_banner

ID = "7a5c3c9e-8d3c-4b8f-9f5e-1c2d3e4f5a6b"
BANNER = f"Debugger listening on ws://127.0.0.1:45123/{ID}"


def read(text: bytes) -> AppOutput:
    output = AppOutput()
    output.follow(io.BytesIO(text))
    output.wait_closed(10.0)
    return output


def test_a_banner_tells_port_and_address() -> None:
    assert parse_banner(BANNER) == (45123, f"ws://127.0.0.1:45123/{ID}")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Listening on 127.0.0.1:45123",
        f"app: {BANNER}",
        f"{BANNER} and more",
        f"Debugger listening on ws://192.0.2.1:9229/{ID}",
        "Debugger listening on ws://127.0.0.1:9229/../../evil",
    ],
    ids=["empty", "other", "prefixed", "continued", "not loopback", "no id"],
)
def test_other_lines_are_no_banner(line: str) -> None:
    assert parse_banner(line) is None


@pytest.mark.parametrize(
    ("host", "reached_at"),
    [("0.0.0.0", "127.0.0.1"), ("[::]", "[::1]"), ("localhost", "localhost")],
)
def test_an_inspector_that_is_open_to_all_is_reached_by_the_loopback(
    host: str, reached_at: str
) -> None:
    line = f"Debugger listening on ws://{host}:9229/{ID}"
    assert parse_banner(line) == (9229, f"ws://{reached_at}:9229/{ID}")


def test_banners_are_kept_by_port_and_apart_from_the_app_s_lines() -> None:
    second = BANNER.replace("45123", "45124")

    output = read(f"{BANNER}\nhello\r\n{second}\nbye".encode())

    assert output.inspector_urls() == {
        45123: f"ws://127.0.0.1:45123/{ID}",
        45124: f"ws://127.0.0.1:45124/{ID}",
    }
    assert output.tail() == ("hello", "bye")


def test_what_the_inspector_says_is_not_the_app_s_output() -> None:
    output = AppOutput()
    for line in (
        "For help, see: https://nodejs.org/en/docs/inspector",
        "Debugger attached.",
        "ready",
        "Waiting for the debugger to disconnect...",
        f"Debugger ending on ws://127.0.0.1:45123/{ID}",
    ):
        output.add_line(line)

    assert output.tail() == ("ready",)


def test_the_tail_has_the_last_lines_in_order() -> None:
    output = read(b"".join(b"line %d\n" % n for n in range(100)))

    assert output.tail(3) == ("line 97", "line 98", "line 99")
    assert len(output.tail()) == 20
    assert output.tail(0) == ()


def test_a_chatty_app_does_not_fill_our_memory() -> None:
    output = read(b"".join(b"line %d\n" % n for n in range(10_000)))

    assert len(output.tail(10_000)) == 200
    assert output.tail(1) == ("line 9999",)


def test_an_endless_line_does_not_fill_our_memory() -> None:
    output = read(b"x" * 3_000_000)

    kept = output.tail(10_000)
    assert len(kept) == 200
    assert max(map(len, kept)) == 2000


def test_a_banner_after_an_endless_line_is_found() -> None:
    output = read(b"x" * 4000 + b"\n" + BANNER.encode() + b"\n")

    assert output.inspector_urls() == {45123: f"ws://127.0.0.1:45123/{ID}"}


def test_a_banner_among_many_lines_is_found() -> None:
    output = read(b"line\n" * 5000 + BANNER.encode() + b"\n" + b"line\n" * 5000)

    assert output.inspector_urls() == {45123: f"ws://127.0.0.1:45123/{ID}"}


def test_lines_that_come_in_pieces_are_put_together() -> None:
    lines = [f"line {'x' * (n % 90)} {n}" for n in range(20_000)]

    output = read("\n".join(lines).encode())

    assert output.tail(200) == tuple(lines[-200:])


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert read(b"Z\xfcrich\n").tail() == ("Z\N{REPLACEMENT CHARACTER}rich",)


def test_both_pipes_are_read_to_their_end() -> None:
    output = AppOutput()
    pipes = io.BytesIO(b"out\n"), io.BytesIO(b"err\n")
    for pipe in pipes:
        output.follow(pipe)
    output.wait_closed(10.0)

    assert sorted(output.tail()) == ["err", "out"]
    assert all(pipe.closed for pipe in pipes)
