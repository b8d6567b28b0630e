from __future__ import annotations

from heaps import Heap

from pytest_nodeleak.heap.duplicates import find_duplicates


def _with(*texts: str, size: int = 24) -> Heap:
    heap = Heap()
    for text in texts:
        heap.node("string", text, parent=heap.root, size=size)
    return heap


def test_all_but_one_of_equal_strings_are_wasted() -> None:
    found = find_duplicates(_with("a", "b", "a", "c", "a", "b").snapshot(), most=10)
    assert [(one.text, one.count, one.wasted_bytes) for one in found.largest] == [
        ("a", 3, 48),
        ("b", 2, 24),
    ]
    assert (found.texts, found.strings, found.wasted_bytes) == (2, 5, 72)


def test_of_many_texts_the_worst_are_described_and_all_are_counted() -> None:
    texts = [
        text for number, text in enumerate("abcdef", start=1) for _ in range(number)
    ]
    found = find_duplicates(_with(*texts).snapshot(), most=2)
    assert [one.text for one in found.largest] == ["f", "e"]
    assert found.texts == 5


def test_what_is_called_alike_and_is_no_string_does_not_count() -> None:
    heap = _with("a")
    heap.object("a", parent=heap.root)
    heap.node("symbol", "a", parent=heap.root)
    assert find_duplicates(heap.snapshot(), most=10).texts == 0


def test_strings_of_one_beginning_and_different_size_are_different() -> None:
    heap = _with("a" * 1024, size=2000)
    heap.node("string", "a" * 1024, parent=heap.root, size=3000)
    heap.node("string", "a" * 1024, parent=heap.root, size=3000)
    (found,) = find_duplicates(heap.snapshot(), most=10).largest
    assert (found.count, found.wasted_bytes, found.is_cut) == (2, 3000, True)


def test_a_hash_tells_texts_apart_and_is_the_same_in_every_run() -> None:
    found = find_duplicates(_with("bob", "bob", "eve", "eve").snapshot(), most=10)
    digests = {one.text: one.digest for one in found.largest}
    assert digests == {"bob": "81b637d8", "eve": "85262adf"}


def test_a_lone_surrogate_has_a_hash_too() -> None:
    (found,) = find_duplicates(_with("\ud800", "\ud800").snapshot(), most=1).largest
    assert len(found.digest) == 8


def test_of_a_redacted_string_the_length_it_had_is_told() -> None:
    text = "<string of 1,024 characters #7>"
    (found,) = find_duplicates(_with(text, text).snapshot(), most=1).largest
    assert found.length == 1024
    assert found.is_cut
