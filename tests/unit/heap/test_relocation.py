from __future__ import annotations

from heaps import Heap

from pytest_nodeleak.heap.relocation import relocate, script_names


def _heap() -> Heap:
    heap = Heap()
    for path in (
        "/usr/src/app/a.js",
        "file:///usr/src/app/b%20c.mjs",
        "/usr/src/apple.js",
    ):
        heap.closure("f", parent=heap.root, at=(path, 1, 1))
    heap.node("string", "/usr/src/app/a.js is a path", parent=heap.root)
    return heap


def test_scripts_move_with_their_directory_and_nothing_else_does() -> None:
    moved = relocate(_heap().snapshot(), "/usr/src/app", "/home/eve/app")
    assert set(script_names(moved)) == {
        "/home/eve/app/a.js",
        "/home/eve/app/b c.mjs",
        "/usr/src/apple.js",
    }
    assert "/usr/src/app/a.js is a path" in moved.strings


def test_the_root_directory_can_be_moved() -> None:
    moved = relocate(_heap().snapshot(), "", "/home/eve")
    assert "/home/eve/usr/src/apple.js" in script_names(moved)
