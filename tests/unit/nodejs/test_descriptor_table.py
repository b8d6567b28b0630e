from __future__ import annotations

from pytest_nodeleak.nodejs.descriptor_table import parse_tables
from pytest_nodeleak.nodejs.descriptor_types import Descriptor, DescriptorType

_REST = "00000000:00000000 00:00000000 00000000  1000        0"
NETS = {
    "tcp": [
        f"   0: 0100007F:0BB8 00000000:0000 0A {_REST} 11 1 0000000000000000",
        f"   1: 0100007F:0BB8 0100007F:D431 01 {_REST} 12 1 0000000000000000",
        f"   2: 0200000A:9C40 0700000A:1538 01 {_REST} 13 1 0000000000000000",
    ],
    "tcp6": [
        f"   0: {'0' * 32}:0050 {'0' * 24}01000000:9C41 01 {_REST} 14 1 0",
    ],
    "udp": [f"   0: 00000000:A123 00000000:0000 07 {_REST} 15 2 0 0"],
    "udp6": [],
    "unix": ["0000000000000000: 00000003 00000000 00000000 0001 03 16"],
}


def test_sockets_are_told_by_the_kernel_s_tables() -> None:
    links = {number: f"socket:[{number}]" for number in range(11, 18)}
    links |= {1: "pipe:[5]", 2: "/app/data.json", 3: "anon_inode:inotify"}

    opened = parse_tables(links, NETS)

    kinds = DescriptorType
    assert opened == (
        Descriptor(type=kinds.SERVER),
        Descriptor(type=kinds.INBOUND, target="127.0.0.1:54321"),
        Descriptor(type=kinds.OUTBOUND, target="10.0.0.7:5432"),
        Descriptor(type=kinds.OUTBOUND, target="::1:40001"),
        Descriptor(type=kinds.UDP),
        Descriptor(type=kinds.PIPE),
        # Of no table: one that is not connected to anything.
        Descriptor(type=kinds.SOCKET),
        Descriptor(type=kinds.PIPE),
        Descriptor(type=kinds.FILE, target="/app/data.json"),
        Descriptor(type=kinds.WATCHER),
    )
