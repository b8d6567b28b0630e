"""Who opens descriptors: told for every type, and nothing is left in the app."""

from __future__ import annotations

from pathlib import Path

import pytest
from integration.node_apps import Probe, Probed

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.evidence.descriptors import Openings
from pytest_nodeleak.nodejs.descriptor_table import read_descriptors
from pytest_nodeleak.nodejs.descriptor_types import DescriptorType
from pytest_nodeleak.stages.openers import find_openers

pytestmark = pytest.mark.nodejs

APP = Path(__file__).parent / "apps" / "descriptors.cjs"
CALLS = 5
TYPES = DescriptorType
# What each route opens a descriptor with; all but one do so in a function of their name.
ROUTES = {
    "file": "fs.openSync()",
    "callback": "fs.open()",
    "handle": "fs.promises.open()",
    "stream": "fs.createReadStream()",
    "socket": "connect()",
    "udp": "bind()",
    "child": "spawn()",
    "server": "listen()",
    "watcher": "fs.watch()",
}
INNERMOST = {**dict(zip(ROUTES, ROUTES, strict=True)), "handle": "inner"}


@pytest.fixture
def probed(probe: Probe) -> Probed:
    return probe(APP.read_text(encoding="utf-8"))


def openings_of(probed: Probed, *names: str) -> Openings:
    """Return who opens what calls of some routes leave open."""

    def send() -> int:
        for name in names:
            probed.value(f"for (let n = 0; n < {CALLS}; n++) routes()['{name}'](n); 0")
        # Connections and children take their time.
        probed.value_of_promise("new Promise((done) => setTimeout(done, 100, 0))")
        return CALLS

    return find_openers(
        probed.client,
        probed.sampler,
        send=send,
        read=lambda: read_descriptors(probed.app.pid) or (),
        reply_deadline=lambda: Deadline(10.0),
    )


def test_every_type_is_told_with_the_line_that_opens_it(probed: Probed) -> None:
    openings = openings_of(probed, *ROUTES)

    told = {one.frames[0].function: one for one in openings.openings}
    for route, call in ROUTES.items():
        opening = told[INNERMOST[route]]
        assert (opening.call, opening.left_open) == (call, CALLS)
    grown = openings.grown
    # The watchers of a process share one descriptor, and a child has three pipes.
    assert grown[TYPES.FILE] == 4 * CALLS
    assert grown[TYPES.PIPE] == 3 * CALLS
    assert grown[TYPES.OUTBOUND] == grown[TYPES.INBOUND] == CALLS
    assert grown[TYPES.UDP] == grown[TYPES.SERVER] == CALLS


def test_what_is_closed_is_nobody_s_fault_and_nothing_is_left_in_the_app(
    probed: Probed,
) -> None:
    state = "[Object.getOwnPropertyNames(globalThis).length, Error.stackTraceLimit,"
    state += " String(Error.prepareStackTrace)].join()"
    before = probed.value(state)
    openings = openings_of(probed, "closed")

    assert openings.grown == {}
    (one,) = openings.openings
    assert (one.calls, one.left_open) == (CALLS, 0)
    assert probed.value(state) == before
    # Nor does anything happen where one is opened.
    assert probed.value("routes().callback(); 1") == 1
