from __future__ import annotations

import pytest

from pytest_nodeleak.heap.threads import Thread, are_threads, name_threads


@pytest.mark.parametrize(
    ("title", "url", "thread"),
    [
        ("[worker 2] resizer 7", "file:///app/jobs/worker.js", "worker.js (thread 2)"),
        ("[worker 3]", "", "[worker eval] (thread 3)"),
        ("Worker 12", "file:///app/w.mjs", "w.mjs (thread 12)"),
        ("unnamed", "file:///app/w.mjs", "w.mjs (thread 0)"),
    ],
)
def test_a_thread_is_named_by_its_script_and_number(
    title: str, url: str, thread: str
) -> None:
    assert str(Thread.of(title=title, url=url)) == thread


def test_threads_of_one_script_are_named_together() -> None:
    one, two = (Thread(id=number, script="w.js") for number in (7, 2))
    assert name_threads(()) == ""
    assert name_threads((one,)) == "worker w.js (thread 7)"
    assert name_threads((one, two)) == "2 workers of w.js (threads 2, 7)"


def test_threads_of_several_scripts_are_named_with_all_of_them() -> None:
    threads = (Thread(id=1, script="a.js"), Thread(id=2, script="b.js"))
    assert name_threads(threads) == "2 workers of a.js, b.js (threads 1, 2)"


def test_threads_are_told_from_the_processes_of_a_cluster() -> None:
    assert are_threads(["MessagePort", "Worker", "Listener"])
    assert not are_threads(["Worker", "ChildProcess"])
