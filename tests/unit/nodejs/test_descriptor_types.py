from __future__ import annotations

import pytest

from pytest_nodeleak.nodejs.descriptor_types import (
    Descriptor,
    DescriptorType,
    Endpoint,
    classify,
    count_types,
)

TYPES = DescriptorType


@pytest.mark.parametrize(
    ("link", "kind", "target"),
    [
        ("/app/data.csv", TYPES.FILE, "/app/data.csv"),
        ("/tmp/upload (deleted)", TYPES.FILE, "/tmp/upload"),
        ("pipe:[4711]", TYPES.PIPE, ""),
        ("socket:[4711]", TYPES.SOCKET, ""),
        ("anon_inode:inotify", TYPES.WATCHER, ""),
        ("anon_inode:[eventpoll]", TYPES.OTHER, ""),
    ],
)
def test_what_a_link_leads_to_is_what_a_descriptor_is(
    link: str, kind: DescriptorType, target: str
) -> None:
    assert classify({5: link}, {}) == (Descriptor(type=kind, target=target),)


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [
        (Endpoint(is_listening=True, port=80), TYPES.SERVER),
        (Endpoint(port=80, peer="10.0.0.9:50000"), TYPES.INBOUND),
        (Endpoint(port=50000, peer="10.0.0.9:5432"), TYPES.OUTBOUND),
        (Endpoint(is_datagram=True, port=5353), TYPES.UDP),
        (Endpoint(is_unix=True), TYPES.PIPE),
        (Endpoint(), TYPES.SOCKET),
    ],
)
def test_a_socket_is_told_by_its_ends(endpoint: Endpoint, kind: DescriptorType) -> None:
    server = Endpoint(is_listening=True, port=80)
    found = classify({3: "socket:[1]", 4: "socket:[2]"}, {3: server, 4: endpoint})
    assert [one.type for one in found] == [TYPES.SERVER, kind]


def test_types_are_counted_the_most_frequent_first() -> None:
    found = classify({1: "pipe:[1]", 2: "/a", 3: "/b"}, {})
    assert [*count_types(found).items()] == [(TYPES.FILE, 2), (TYPES.PIPE, 1)]
