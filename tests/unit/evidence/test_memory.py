from __future__ import annotations

from dataclasses import replace

import pytest
from measurements import memory

from pytest_nodeleak.evidence.memory import Box, HeapSpace, Memory

MB = 1_000_000
TABLE = """\
                          before     after    growth   over 4,800 requests
rss                      70.0 MB   82.0 MB  +12.0 MB   what the kernel and containers count
  heap total             12.0 MB   24.0 MB  +12.0 MB   reserved by V8, of at most 2.20 GB
    heap used            8.00 MB   20.0 MB  +12.0 MB   objects, strings, code
      old_space          7.00 MB   19.0 MB  +12.0 MB
      code_space         1.00 MB   1.00 MB      +0 B
  external               2.00 MB   2.00 MB      +0 B   outside the heap, owned by objects
    array buffers        10.0 KB   10.0 KB      +0 B   Buffers among it
  the rest               56.0 MB   56.0 MB      +0 B   code, stacks, native, freed pages
"""


@pytest.mark.parametrize(
    ("grown", "box"),
    [
        pytest.param(memory(heap_grown_bytes=12 * MB), Box.HEAP, id="heap"),
        pytest.param(memory(external_grown_bytes=12 * MB), Box.EXTERNAL, id="external"),
        pytest.param(memory(rss_grown_bytes=80 * MB), Box.RSS, id="native"),
        pytest.param(memory(), Box.NONE, id="nothing"),
        pytest.param(
            memory(
                heap_grown_bytes=MB // 2,
                external_grown_bytes=MB // 2,
                rss_grown_bytes=40 * MB,
            ),
            Box.NONE,
            id="as much as a healthy app",
        ),
        pytest.param(
            memory(heap_grown_bytes=2 * MB, external_grown_bytes=9 * MB),
            Box.EXTERNAL,
            id="Buffers and the objects that keep them",
        ),
        pytest.param(
            memory(heap_grown_bytes=9 * MB, external_grown_bytes=2 * MB),
            Box.HEAP,
            id="objects with some Buffers",
        ),
    ],
)
def test_the_box_that_grew_is_named(grown: Memory, box: Box) -> None:
    assert grown.growing is box


def test_each_box_is_explained_in_its_own_words() -> None:
    explanations = {
        memory(heap_grown_bytes=12 * MB).explanation,
        memory(external_grown_bytes=12 * MB).explanation,
        memory(rss_grown_bytes=80 * MB).explanation,
        memory().explanation,
    }

    assert len(explanations) == len(Box)


def test_the_table_shows_which_box_is_in_which() -> None:
    grown = memory(heap_grown_bytes=12 * MB)

    assert str(grown) == f"{TABLE}\n{grown.explanation}"


def test_the_columns_hold_where_a_space_has_a_long_name() -> None:
    reading = memory().before
    space = HeapSpace(used_bytes=MB, size_bytes=MB)
    before = replace(reading, spaces={"trusted_large_object_space": space})

    table = str(Memory(before=before, after=before)).split("\n\n")[0].splitlines()

    assert {line.index("+0 B") for line in table[1:]} == {table[0].index("growth") + 2}


def test_what_shrinks_has_a_sign_and_nothing_is_less_than_nothing() -> None:
    before = memory().before
    after = replace(before, heap_used_bytes=6 * MB, rss_bytes=5 * MB)
    table = str(Memory(before=before, after=after))

    assert "  -2.00 MB " in table
    assert after.rest_bytes == 0


def test_a_space_that_only_one_reading_has_is_counted_from_nothing() -> None:
    before = replace(memory().before, spaces={})

    assert "old_space" in str(Memory(before=before, after=memory().after))


@pytest.mark.parametrize(
    ("grown", "native_bytes"),
    [
        (memory(rss_grown_bytes=80 * MB), 80 * MB),
        (memory(rss_grown_bytes=80 * MB, external_grown_bytes=12 * MB), 80 * MB),
        (memory(heap_grown_bytes=80 * MB), 0),
        (memory(rss_grown_bytes=40 * MB), 0),
    ],
    ids=["alone", "beside Buffers", "the heap's", "as a healthy app"],
)
def test_native_memory_is_what_nothing_else_explains(
    grown: Memory, native_bytes: int
) -> None:
    assert grown.native_bytes == native_bytes
