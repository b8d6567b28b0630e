from __future__ import annotations

import pytest

from pytest_nodeleak.progress import (
    CheckBegun,
    Ended,
    ProgressEvent,
    StageBegun,
    following,
)


class Listener:
    def __init__(self) -> None:
        self.events: list[ProgressEvent] = []

    def tell(self, event: ProgressEvent) -> None:
        self.events.append(event)


def test_the_end_is_told() -> None:
    listener, begun = Listener(), CheckBegun(target="GET /", allowed_s=60)
    with following(listener, begun):
        listener.events.append(StageBegun(name="screen"))
    assert listener.events == [begun, StageBegun(name="screen"), Ended()]


@pytest.mark.parametrize("end", [ValueError, KeyboardInterrupt])
def test_the_end_is_told_if_it_is_none_that_was_meant(
    end: type[BaseException],
) -> None:
    listener, begun = Listener(), CheckBegun(target="GET /", allowed_s=60)
    with pytest.raises(end), following(listener, begun):
        raise end
    assert listener.events == [begun, Ended()]
