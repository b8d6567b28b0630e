from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterator

import pytest
import requests

from pytest_nodeleak.exceptions import DeadlineExceeded, TooFewDescriptors
from pytest_nodeleak.own_descriptors import (
    blaming_ourselves,
    exhaustion_in,
    require_one,
)


@pytest.fixture
def none_left() -> Iterator[None]:
    """Leave this process no descriptor."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    # The lowest number that is free.
    last = os.dup(0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (last + 1, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)
    os.close(last)


@pytest.mark.usefixtures("none_left")
def test_a_process_without_a_descriptor_is_told_from_others() -> None:
    with pytest.raises(OSError, match="Too many open files"):
        require_one()


def test_a_process_with_one_is_fine() -> None:
    require_one()


@pytest.mark.usefixtures("none_left")
def test_what_fails_for_want_of_a_descriptor_is_our_own_fault() -> None:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    with pytest.raises(TooFewDescriptors) as caught, blaming_ourselves():
        requests.get("http://127.0.0.1:9/", timeout=1.0)
    assert caught.value.limit == limit


def test_what_fails_otherwise_is_left_as_it_is() -> None:
    with pytest.raises(DeadlineExceeded), blaming_ourselves():
        raise DeadlineExceeded(waiting_for="answer", allowed_s=1.0)
    with pytest.raises(FileNotFoundError), blaming_ourselves():
        raise FileNotFoundError(errno.ENOENT, "none")


def test_the_reason_is_found_below_other_errors() -> None:
    reason = OSError(errno.EMFILE, "Too many open files")
    error = RuntimeError("wrapped")
    error.__cause__ = reason
    assert exhaustion_in(error) is reason
    assert exhaustion_in(OSError(errno.ENOENT, "none")) is None
