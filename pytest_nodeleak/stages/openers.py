"""Finds out who opens the descriptors that stay: one short window with breakpoints.

Files that ``fs.open`` opens are bare numbers, of which no heap knows, so their place has to
be noted when they are opened. That costs nothing while an app is timed: it is done in a
window of its own, and undone after it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pytest_nodeleak.cdp.answers import whole
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.debugger import (
    remove_breakpoint,
    set_breakpoint_on_call,
    skip_all_pauses,
)
from pytest_nodeleak.cdp.messages import (
    RemoteObject,
    call_function_on,
    disable_debugger,
    enable_debugger,
    evaluate,
    release_object_group,
)
from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.evidence.descriptors import Opening, Openings, count_outgoing
from pytest_nodeleak.evidence.measurement import Rise
from pytest_nodeleak.exceptions import DeadlineExceeded, InspectorError, ScriptThrew
from pytest_nodeleak.inspection.sampler import Sampler
from pytest_nodeleak.inspection.scripts import remote_of, value_of
from pytest_nodeleak.judging.counters import rising, scarce_per_request
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.nodejs.descriptor_types import (
    Descriptor,
    DescriptorType,
    count_types,
)
from pytest_nodeleak.probe import load_script
from pytest_nodeleak.stages.bench import Bench

__all__ = ["find_openers", "note_openers", "openings_of", "trace"]

_SCRIPT = "openers"
_GROUP = "nodeleak-openers"
_TIDYING_S = 2.0
_NEEDS_S = 1.0
_AT_MOST_S = 0.5
# A clean app may gain so many; what gains more is worth a look before it dies of them.
_GAINED = 20
_FEWEST, _MOST = 8, 100
_ROOM_SHARE = 0.1
# The counters that descriptors, or what is like them, are counted by.
_COUNTED = {"fds", "handles", "sockets"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """A place that opens descriptors, as the script in the app tells of it.

    Attributes:
        call: What it calls.
        frames: Its stack, innermost first.
        paths: Of the files that it opened.
        is_of_files: Whether it opens files.
        calls: How often it was called.
        open: How many of what it opened are open still; of files that is not known.

    """

    call: str
    frames: tuple[ProfileFrame, ...]
    paths: frozenset[str]
    is_of_files: bool
    calls: int
    open: int


def note_openers(bench: Bench) -> None:
    """Take note of who opens descriptors, once it shows that they stay.

    An app may die of them soon, and then nobody can tell any more.
    """
    if bench.trail.openings is not None:
        return
    gained = count_outgoing(bench.descriptors()) - bench.trail.first_descriptors
    if gained > _GAINED and bench.deadline.remaining_s() > _NEEDS_S:
        per_request = gained / max(1, bench.requests)
        look_at_openers(bench, per_request=per_request)


def openings_of(
    bench: Bench, rises: Mapping[str, Rise], policy: LeakPolicy
) -> Openings | None:
    """Return who opens what stays open; None where nothing is proven to."""
    scarce = {counter.name for counter in rising(rises, policy)} & _COUNTED
    if not scarce:
        return None
    if bench.trail.openings is None and bench.deadline.remaining_s() > _NEEDS_S:
        with bench.stage("descriptors"):
            look_at_openers(bench, per_request=scarce_per_request(rises))
    return bench.trail.openings


def look_at_openers(bench: Bench, *, per_request: float) -> Openings:
    """Find out who opens descriptors, under a load that does not exhaust them.

    Args:
        bench: The app under load.
        per_request: How many it leaves open.

    """
    affordable = _ROOM_SHARE * bench.descriptor_room() / max(per_request, 1e-9)
    requests = int(max(_FEWEST, min(_MOST, affordable)))
    return trace(bench, lambda: bench.load(requests, at_most_s=_AT_MOST_S).requests)


def trace(bench: Bench, send: Callable[[], int]) -> Openings:
    """Find out who opens descriptors under this load, and take note of it."""
    openings = find_openers(
        bench.client,
        bench.sampler,
        send=send,
        read=bench.descriptors,
        reply_deadline=bench.reply_deadline,
    )
    bench.trail.openings = openings
    return openings


def find_openers(
    client: InspectorClient,
    sampler: Sampler,
    *,
    send: Callable[[], int],
    read: Callable[[], Sequence[Descriptor]],
    reply_deadline: Callable[[], Deadline],
) -> Openings:
    """Return who opened what stays open after some more load.

    Args:
        client: The inspector.
        sampler: The probe inside the app.
        send: Puts the load on it and returns the number of requests.
        read: Returns what the app has open.
        reply_deadline: Returns the deadline of the next exchange with the inspector.

    Raises:
        InspectorError: If the app does not answer as expected.
        DeadlineExceeded: If it does not answer in time.

    """
    before, deadline = read(), reply_deadline()
    answer = client.execute(evaluate(load_script(_SCRIPT), group=_GROUP), deadline)
    probe = remote_of(answer, _SCRIPT)
    breakpoints: list[str] = []
    try:
        sampler.stop_too(probe, deadline)
        client.execute(enable_debugger(), deadline)
        # A `debugger` statement of the app's must not stop it.
        client.execute(skip_all_pauses(), deadline)
        for function, condition in _functions(client, probe, deadline):
            command = set_breakpoint_on_call(function, condition=condition)
            breakpoints.append(client.execute(command, deadline))
        requests = send()
        # Without a descriptor left, Node cannot read its own memory.
        with suppress(ScriptThrew):
            sampler.settle(reply_deadline())
    except BaseException:
        # An app that is gone cannot be tidied up; why it is, is the error to show.
        with suppress(InspectorError, DeadlineExceeded):
            _stop(client, probe, breakpoints)
        raise
    sites = _stop(client, probe, breakpoints)
    came = _came(before, read())
    return Openings(
        requests=requests,
        grown=count_types(came),
        openings=tuple(_opening(site, came) for site in sites),
    )


def _stop(
    client: InspectorClient, probe: RemoteObject, breakpoints: Sequence[str]
) -> list[_Site]:
    """Leave nothing of it in the app, whatever the time is; return who was seen."""
    tidying = Deadline(_TIDYING_S)
    for breakpoint_id in breakpoints:
        client.execute(remove_breakpoint(breakpoint_id), tidying)
    client.execute(disable_debugger(), tidying)
    stop = call_function_on(probe, "function () { return this.stop(); }")
    answer = client.execute(stop, tidying)
    client.execute(release_object_group(_GROUP), tidying)
    return value_of(answer, _SCRIPT, lambda told: [*map(_site, told)])


def _functions(
    client: InspectorClient, probe: RemoteObject, deadline: Deadline
) -> list[tuple[RemoteObject, str]]:
    told = call_function_on(probe, "function () { return this.conditions; }")
    conditions = value_of(
        client.execute(told, deadline), _SCRIPT, lambda told: [str(one) for one in told]
    )
    one = "function (position) { return this.functions[position]; }"
    return [
        (
            remote_of(
                client.execute(
                    call_function_on(probe, one, arguments=(position,), group=_GROUP),
                    deadline,
                ),
                _SCRIPT,
            ),
            condition,
        )
        for position, condition in enumerate(conditions)
    ]


def _came(
    before: Sequence[Descriptor], after: Sequence[Descriptor]
) -> tuple[Descriptor, ...]:
    return tuple((Counter(after) - Counter(before)).elements())


def _site(told: Mapping[str, Any]) -> _Site:
    return _Site(
        call=str(told["call"]),
        frames=tuple(map(_frame, told["frames"])),
        paths=frozenset(str(path) for path in told["paths"] if path),
        is_of_files=bool(told["paths"]),
        calls=whole(told["calls"]),
        open=whole(told["open"]),
    )


def _frame(told: Mapping[str, Any]) -> ProfileFrame:
    return ProfileFrame(
        function=str(told["function"]),
        url=str(told["url"]),
        line=whole(told["line"]),
        column=whole(told["column"]),
    )


def _opening(site: _Site, came: Sequence[Descriptor]) -> Opening:
    paths = {os.path.realpath(path) for path in site.paths}
    files = sum(one.type is DescriptorType.FILE and one.target in paths for one in came)
    return Opening(
        call=site.call,
        frames=site.frames,
        calls=site.calls,
        left_open=min(site.calls, files) if site.is_of_files else site.open,
    )
