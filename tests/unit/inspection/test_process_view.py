from __future__ import annotations

import os

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.inspection.process_view import OutsideView, ProcessReading

# Beyond the largest id that Linux gives.
_NOBODY = 2**22 + 1


def test_a_process_that_has_just_ended_is_one_of_which_nothing_is_known() -> None:
    view = OutsideView(_NOBODY)

    assert view.read(Deadline(1.0)) == ProcessReading()
    assert view.descriptors(Deadline(1.0)) is None
    assert view.waited_s(Deadline(1.0)) is None


def test_a_living_process_has_its_counts() -> None:
    reading = OutsideView(os.getpid()).read(Deadline(1.0))

    assert (reading.fds or 0) > 0
    assert (reading.threads or 0) > 0
    assert (reading.rss_bytes or 0) > 0
