from __future__ import annotations

import numpy as np
import pytest
from heaps import Heap, Node

from pytest_nodeleak.heap.pieces import Piece, Whole, find_wholes


def view(heap: Heap, *, parent: Node, size: int = 20_000) -> tuple[Node, Node]:
    """Add a Buffer with an ArrayBuffer of its own; return both."""
    buffer = heap.object("ArrayBuffer")
    heap.node(
        "native", "data", parent=buffer, via="backing_store", edge="internal", size=size
    )
    piece = heap.object("Buffer", parent=parent, via="head")
    heap.link(piece, buffer, "buffer", "internal")
    return piece, buffer


def sliced(heap: Heap, *, size: int = 20_000, whole: Node | None = None) -> Node:
    """Add a string that was cut out of another one."""
    piece = heap.node("sliced string", "(sliced string)")
    whole = whole or heap.node("string", "page", size=size)
    heap.link(piece, whole, "parent", "internal")
    return piece


def wholes(heap: Heap, *members: Node) -> tuple[Whole, ...]:
    ordinals = [heap.ordinal(member) for member in members]
    return find_wholes(heap.tree(), np.array(ordinals, np.int64))


def test_a_buffer_is_kept_by_its_views() -> None:
    heap = Heap()
    piece, buffer = view(heap, parent=heap.root)
    other = heap.object("Uint8Array", parent=heap.root, via="other")
    heap.link(other, buffer, "buffer", "internal")

    assert wholes(heap, piece, buffer, other) == (
        Whole(
            is_text=False,
            size_bytes=20_000,
            count=2,
            pieces=(Piece(heap_id=piece.id), Piece(heap_id=other.id)),
        ),
    )


def test_a_buffer_that_is_kept_itself_has_no_pieces() -> None:
    heap = Heap()
    buffer = heap.object("ArrayBuffer", parent=heap.root, via="whole")
    heap.node(
        "native", "data", parent=buffer, via="backing_store", edge="internal", size=9000
    )
    assert wholes(heap, buffer) == ()


@pytest.mark.parametrize("size", [0, 1023])
def test_what_is_small_is_not_worth_a_word(size: int) -> None:
    heap = Heap()
    members = view(heap, parent=heap.root, size=size)
    text = sliced(heap, size=size)
    heap.link(heap.root, text, "text")

    assert wholes(heap, *members, text) == ()


def test_only_what_piles_up_is_looked_at() -> None:
    heap = Heap()
    piece, _ = view(heap, parent=heap.root)

    assert wholes(heap, piece) == ()


def test_a_string_is_asked_for_by_the_name_of_its_property() -> None:
    heap = Heap()
    entry = heap.object(parent=heap.root)
    text = sliced(heap)
    heap.link(entry, text, "elements")

    (whole,) = wholes(heap, entry, text)
    assert (whole.is_text, whole.size_bytes, whole.count) == (True, 20_000, 1)
    assert whole.pieces == (Piece(heap_id=entry.id, key="elements"),)


def test_a_string_in_an_array_is_asked_for_by_its_index() -> None:
    heap = Heap()
    titles = heap.list(parent=heap.root, via="elements")
    heap.push(titles, heap.object())
    text = heap.push(titles, sliced(heap))

    (whole,) = wholes(heap, text)
    (piece,) = whole.pieces
    assert (piece.heap_id, int(piece.key or 0)) == (titles.id, 1)


def test_of_strings_in_a_map_the_map_is_asked() -> None:
    heap = Heap()
    by_id = heap.map(parent=heap.root, via="byId")
    text = heap.put(by_id, sliced(heap))

    (whole,) = wholes(heap, text)
    assert whole.pieces == (Piece(heap_id=by_id.id),)


def test_strings_of_one_page_are_pieces_of_one_whole() -> None:
    heap = Heap()
    titles = heap.list(parent=heap.root, via="titles")
    page = heap.node("string", "page", size=9000)
    texts = [heap.push(titles, sliced(heap, whole=page)) for _ in range(30)]

    (whole,) = wholes(heap, *texts)
    assert whole.count == 30
    assert len(whole.pieces) == 20


def test_the_newest_are_looked_at_and_not_all() -> None:
    heap = Heap()
    views = [view(heap, parent=heap.root) for _ in range(15)]

    found = wholes(heap, *(buffer for _, buffer in views))
    asked = [piece.heap_id for whole in found for piece in whole.pieces]
    assert asked == [piece.id for piece, _ in reversed(views[-10:])]
