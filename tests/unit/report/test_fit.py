from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from unit.capacity.test_fitting import IDLE, MIB

from pytest_nodeleak.capacity.fitting import Fit
from pytest_nodeleak.report.fit import fit_lines, trap_note

GOLDEN = Path(__file__).parents[2] / "golden/fits/does_not_fit.txt"


def text(fit: Fit) -> str:
    return "\n".join(fit_lines(fit))


def test_the_multiplier_is_shown_as_a_sum_with_its_remedy() -> None:
    fit = Fit.of(IDLE, memory_bytes=4096 * MIB, processes=4)

    golden = GOLDEN.read_text(encoding="utf-8")
    assert text(fit) + "\n" == golden


def test_a_fit_has_the_sum_and_no_remedy() -> None:
    app = replace(IDLE, old_space_bytes=300 * MIB)
    fit = Fit.of(app, memory_bytes=512 * MIB)

    assert (
        text(fit)
        == """\
1 process fits into 512 MiB: 365 MiB at most
  heap limit       1 x 303 MiB      303 MiB   --max-old-space-size=300 and young objects
  external           1 x 2 MiB        2 MiB   Buffers, outside V8, as of now
  overhead          1 x 20 MiB       20 MiB   stacks, compiled code, native memory
  shared                             40 MiB   program code, once for all processes
  in all                            365 MiB
  memory                            512 MiB"""
    )
    assert trap_note(fit) == ""


def test_what_is_reserved_and_what_comes_at_the_peak_is_named() -> None:
    shown = text(
        Fit.of(
            replace(IDLE, is_sized_by_memory=False),
            memory_bytes=2048 * MIB,
            reserved_bytes=400 * MIB,
            external_bytes=600 * MIB,
        )
    )
    assert "Buffers, outside V8, at the peak" in shown
    assert "of it 400 MiB for the system" in shown
    assert "as its flags say" in shown
    assert "less than the usual 60-75 % (988-1,236 MB)" in shown


def test_a_trap_is_one_sentence_in_a_report() -> None:
    assert trap_note(Fit.of(IDLE, memory_bytes=256 * MIB)) == (
        "container trap: V8 may use 259 MiB, the container has 256 MiB: the kernel kills"
        " first; start Node with --max-old-space-size=170; 60-75 % of the memory are"
        " 153-192 MB; the rest is for the others"
    )


def test_where_nothing_fits_no_flag_is_recommended() -> None:
    note = trap_note(Fit.of(IDLE, memory_bytes=256 * MIB, processes=16))

    assert note.endswith("no heap limit makes it fit: fewer processes or more memory")


def test_processes_that_fit_together_are_counted() -> None:
    app = replace(IDLE, old_space_bytes=200 * MIB)
    shown = text(Fit.of(app, memory_bytes=1024 * MIB, processes=3))

    assert shown.startswith("3 processes fit into 1,024 MiB: ")


def test_one_process_that_is_too_large_beside_its_heap_is_in_the_trap() -> None:
    app = replace(IDLE, old_space_bytes=250 * MIB)
    shown = text(Fit.of(app, memory_bytes=256 * MIB))

    assert shown.startswith(
        "container trap: 1 process may take 315 MiB, the container has 256 MiB: the"
    )
