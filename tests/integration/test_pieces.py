"""Small pieces that keep large things whole, and look-alikes that do not."""

from __future__ import annotations

from pathlib import Path

import pytest
from integration.node_apps import OpenFactory, Probe, Probed

from pytest_nodeleak.cdp.events import Event, SnapshotChunk
from pytest_nodeleak.cdp.messages import get_heap_object_id, take_heap_snapshot
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.evidence.findings import Pinning
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.paths import PathTree, find_paths
from pytest_nodeleak.heap.pieces import find_wholes
from pytest_nodeleak.heap.reader import SnapshotReader
from pytest_nodeleak.heap.window import Window
from pytest_nodeleak.stages.pinning import find_pinning

pytestmark = pytest.mark.nodejs

APPS = Path(__file__).parent / "apps"
PIECES = {"slice": 16, "view": 24, "text": 39, "title": 39, "titles": 39}
LOOK_ALIKES = ["pool", "whole", "most", "copy", "trimmed", "copied"]
# Two pools full of small Buffers, and then some.
ENTRIES = 1000


def snapshot(probed: Probed) -> PathTree:
    reader = SnapshotReader()

    def feed(event: Event) -> None:
        if isinstance(event, SnapshotChunk):
            reader.feed(event.text)

    probed.sampler.settle(Deadline(10.0))
    probed.client.execute(take_heap_snapshot(), Deadline(20.0), on_event=feed)
    return find_paths(HeapGraph(reader.close()))


def test_a_piece_that_keeps_the_whole_is_told_from_what_is_used_whole(
    probe: Probe,
) -> None:
    probed = probe((APPS / "pieces.cjs").read_text(encoding="utf-8"))
    ways = [*PIECES, *LOOK_ALIKES]
    # Objects have no ids before.
    before = snapshot(probed)
    ids = {
        way: probed.client.execute(
            get_heap_object_id(probed.live(f"kept['{way}']")), Deadline(5.0)
        )
        for way in ways
    }
    for way in ways:
        number = ENTRIES if way in {"pool", "copy"} else 30
        probed.value(f"for (let n = 0; n < {number}; n++) keep('{way}', n); 0")
    window = Window(earlier=before, later=snapshot(probed), requests=1)

    found: dict[str, Pinning | None] = {}
    for way in ways:
        members = window.born.members_under([ids[way]])
        assert len(members), way
        wholes = find_wholes(window.later, members)
        found[way] = find_pinning(probed.objects, wholes, Deadline(10.0))
    assert {way for way, one in found.items() if one} == set(PIECES)
    for way, size_bytes in PIECES.items():
        pinning = found[way]
        assert pinning is not None
        assert pinning.piece_bytes == pytest.approx(size_bytes, abs=1), way
        assert pinning.whole_bytes == pytest.approx(20_000, rel=0.01), way
        assert pinning.pieces_of_each == 1
        assert pinning.is_text is (way not in {"slice", "view"})


def test_a_report_names_the_slice_and_says_to_copy_it(
    open_factory: OpenFactory,
) -> None:
    app = open_factory(cwd=APPS).launch("node pieces.cjs")
    report = app.hammer("GET /slice/{n}", requests=100)
    assert report.verdict == "leak", str(report)
    (finding,) = report.findings
    assert finding.kind == "external"
    assert finding.pinning is not None
    assert "  pinned      each slice of 16 B keeps all of its ArrayBuffer, 20.0 KB" in (
        str(report)
    )
    assert "copy the small piece (Buffer.from(slice)" in str(report)
