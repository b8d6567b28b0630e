"""A heap snapshot may be cut, spliced or made up; it is read or refused, in bounds."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from fuzzing import fuzzed, mutated_documents, mutated_texts
from heaps import Heap, app_server, read
from hypothesis import given
from hypothesis import strategies as st
from strategies import heaps

import pytest_nodeleak.heap.sections as sections_module
from pytest_nodeleak.exceptions import SnapshotFormatError, SnapshotUnreadable
from pytest_nodeleak.heap.bulk import find_bulk
from pytest_nodeleak.heap.files import read_snapshot_file
from pytest_nodeleak.heap.gains import add_gaining
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.paths import find_paths
from pytest_nodeleak.heap.reader import SnapshotReader
from pytest_nodeleak.heap.redaction import redact
from pytest_nodeleak.heap.rewriting import rewritten
from pytest_nodeleak.heap.snapshot import HeapSnapshot
from pytest_nodeleak.heap.suspects import find_suspects
from pytest_nodeleak.heap.window import Window


def _small_app() -> Heap:
    heap = Heap()
    scope = app_server(heap)
    cache = heap.map(parent=scope, via="cache", edge="context")
    heap.put(cache, heap.shaped("id", "orders"))
    heap.object("Cached", parent=cache, via=1, edge="hidden")
    return heap


_HEAP = _small_app()
_TEXT = _HEAP.text()
_DOCUMENT = json.loads(_TEXT)


def _analyzed(snapshot: HeapSnapshot) -> None:
    """Do with a snapshot all that a check, the commands and a report do."""
    before, after = _HEAP.tree(), find_paths(HeapGraph(snapshot))
    for earlier, later in ((before, after), (after, before), (after, after)):
        window = Window(earlier=earlier, later=later, requests=1)
        suspects = find_suspects(window, window)
        add_gaining(window, {3: 1, 5: 1}, known=suspects)
    find_bulk(after, requests=1)


def _read_or_refused(chunks: list[str]) -> HeapSnapshot | None:
    reader = SnapshotReader()
    try:
        for chunk in chunks:
            reader.feed(chunk)
        return reader.close()
    except SnapshotFormatError as error:
        assert 0 < len(str(error)) < 2_000  # noqa: PT017  # either outcome is fine
        return None


@given(
    text=mutated_texts(_TEXT)
    | mutated_documents(_DOCUMENT).map(json.dumps)
    | mutated_documents(_DOCUMENT).map(json.dumps).flatmap(mutated_texts),
    piece=st.integers(20, 400),
    chunk=st.integers(1, 2000),
)
@fuzzed(300)
def test_a_snapshot_is_read_and_understood_or_refused(
    text: str, piece: int, chunk: int
) -> None:
    chunk = max(chunk, len(text) // 1000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sections_module, "_PIECE_CHARACTERS", piece)
        patch.setattr(sections_module.Numbers, "enough", piece)
        snapshot = _read_or_refused(
            [text[at : at + chunk] for at in range(0, len(text), chunk)]
        )
    if snapshot is not None:
        _analyzed(snapshot)


@given(heap=heaps(), data=st.data())
@fuzzed(60)
def test_the_numbers_of_any_heap_may_be_any_that_fit(
    heap: Heap, data: st.DataObject
) -> None:
    document = json.loads(heap.text())
    for section in ("nodes", "edges", "locations"):
        numbers = document[section]
        for _ in range(data.draw(st.integers(0, 4)) if numbers else 0):
            at = data.draw(st.integers(0, len(numbers) - 1))
            numbers[at] = data.draw(st.integers(-1, 2**33) | st.sampled_from(numbers))
    snapshot = _read_or_refused([json.dumps(document)])
    if snapshot is not None:
        _analyzed(snapshot)


@given(text=mutated_texts(_TEXT, most=2))
@fuzzed(60)
def test_a_snapshot_that_is_read_can_be_rewritten_without_its_data(text: str) -> None:
    snapshot = _read_or_refused([text])
    if snapshot is None:
        return
    graph = HeapGraph(snapshot)
    again = "".join(rewritten([text], snapshot.schema, redact(graph)))
    assert read(again).node_count == snapshot.node_count


@given(
    content=st.binary(max_size=200)
    | mutated_texts(_TEXT).map(lambda text: text.encode("utf-8", "surrogatepass")),
    suffix=st.sampled_from([".heapsnapshot", ".heapsnapshot.gz"]),
    cut=st.integers(0, 40),
)
@fuzzed(80)
def test_a_file_is_read_or_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str, cut: int
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / f"a{suffix}"
    if suffix.endswith(".gz"):
        content = gzip.compress(content)
    path.write_bytes(content[: max(0, len(content) - cut)])
    try:
        read_snapshot_file(path)
    except (SnapshotFormatError, SnapshotUnreadable) as error:
        assert str(error).startswith(str(path))  # noqa: PT017  # either is fine


# Address space: what is announced costs some, what is written to costs memory too.
_CHILD = """
import json, resource, sys
sys.path[:0] = json.loads(sys.argv[1])
from heaps import Heap
from pytest_nodeleak.exceptions import SnapshotFormatError
from pytest_nodeleak.heap.reader import SnapshotReader

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

def fed(opening, piece, times):
    reader, sent = SnapshotReader(), 0
    try:
        reader.feed(opening)
        for _ in range(times):
            reader.feed(piece)
            sent += len(piece)
        reader.close()
    except SnapshotFormatError as error:
        return sent, str(error)
    raise AssertionError("it was read")

heap = Heap()
heap.object(parent=heap.root, via="cache")
text = heap.text()
vast = text.replace('"node_count":2', '"node_count":2147483647').replace(
    '"edge_count":1', '"edge_count":2147483647')
nodes = text[: text.index('"nodes":') + 9]
strings = text[: text.index('"strings":') + 11]
floods = {
    "vast counts": (vast, " ", 1),
    "numbers": (nodes, "1," * 50_000, 400),
    "an endless number": (nodes, "1" * 100_000, 400),
    "an unknown section": ('{"other":[', "[" * 100_000, 40),
    "an endless key": ('{"', "k" * 100_000, 400),
    "an endless header": ('{"snapshot":', "[" * 100_000, 400),
    "an endless string": (strings + '"', "x" * 100_000, 400),
    "many strings": (strings, '"",' * 30_000, 100),
}
fed(text[:-1], "", 1)
for name, (opening, piece, times) in floods.items():
    before = peak()
    sent, error = fed(opening, piece, times)
    print(json.dumps([name, sent, peak() - before, error]))
"""


def test_what_floods_the_reader_costs_no_more_than_was_sent(tmp_path: Path) -> None:
    """Measured in a process of its own, whose peak nobody else has set."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2 << 30,) * 2)\n"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", limit + textwrap.dedent(_CHILD), _as_json(root)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    grown = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(grown) == 8
    for name, sent, taken, error in grown:
        # A text that may still end well is kept; twice, while it is looked at.
        assert taken <= 4 * sent + 20_000_000, (name, sent, taken)
        assert len(error) < 500


def _as_json(root: Path) -> str:
    return json.dumps([str(root), str(root / "tests")])
