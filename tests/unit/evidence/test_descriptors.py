from __future__ import annotations

import pytest

from pytest_nodeleak.evidence.descriptors import (
    Opening,
    count_outgoing,
    is_full,
    opens,
)
from pytest_nodeleak.nodejs.descriptor_types import Descriptor, DescriptorType

TYPES = DescriptorType


def opening(call: str) -> Opening:
    return Opening(call=call, frames=(), calls=10, left_open=0)


@pytest.mark.parametrize(
    ("count", "limit", "full"),
    [
        (99, 99, True),
        (97, 99, True),
        (96, 99, False),
        (1004, 1024, True),
        (1003, 1024, False),
        (None, 99, False),
        (99, None, False),
    ],
)
def test_a_table_is_full_when_hardly_anything_is_left(
    count: int | None, limit: int | None, *, full: bool
) -> None:
    assert is_full(count, limit) is full


def test_connections_that_came_to_the_app_are_not_its_own_doing() -> None:
    found = [Descriptor(type=one) for one in (TYPES.FILE, TYPES.INBOUND, TYPES.PIPE)]
    assert count_outgoing(found) == 2


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ("fs.openSync()", TYPES.FILE),
        ("fs.createReadStream()", TYPES.FILE),
        ("connect()", TYPES.OUTBOUND),
        ("spawn()", TYPES.PIPE),
        ("listen()", TYPES.SERVER),
        ("bind()", TYPES.UDP),
        ("fs.watch()", TYPES.WATCHER),
    ],
)
def test_a_call_opens_what_it_is_for(call: str, kind: DescriptorType) -> None:
    assert opens(opening(call), [kind])
    assert not opens(opening(call), [TYPES.INBOUND])
