"""The boxes of memory to scale."""

from __future__ import annotations

from dataclasses import asdict

from measurements import memory

from pytest_nodeleak.report.html.boxes import memory_boxes


def test_the_boxes_lie_in_each_other_to_scale() -> None:
    boxes = memory_boxes(asdict(memory(heap_grown_bytes=30_000_000)))

    before, after = (
        {one.name: one for one in boxes[name]} for name in ("before", "after")
    )
    # 70 MB and 100 MB.
    assert (before["rss"].width, after["rss"].width) == (700.0, 1000.0)
    assert after["heap-total"].width == 420.0
    assert after["heap-used"].width == 380.0
    assert after["external"].x == 420.0
    assert [one.inset for one in boxes["after"]] == [0, 1, 2, 1, 2]


def test_external_memory_that_is_not_resident_fits_as_well() -> None:
    grown = memory(external_grown_bytes=200_000_000, rss_grown_bytes=-190_000_000)

    boxes = memory_boxes(asdict(grown))["after"]

    assert max(one.x + one.width for one in boxes) <= 1000.0


def test_nothing_measured_is_no_division_by_zero() -> None:
    names = ("rss", "heap_total", "heap_used", "external", "array_buffers")
    nothing = {f"{name}_bytes": 0 for name in names}

    boxes = memory_boxes({"before": nothing, "after": nothing})

    assert {one.width for one in boxes["after"]} == {0.0}
