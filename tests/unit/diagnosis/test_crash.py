"""Each death has its category, and no more is said than was seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from measurements import collection_finding, readings, rise

from pytest_nodeleak.advice.categories import Category
from pytest_nodeleak.capacity.fitting import Fit, Footprint
from pytest_nodeleak.diagnosis.crash import diagnose_crash
from pytest_nodeleak.diagnosis.diagnosis import Diagnosis
from pytest_nodeleak.endings.crash import Crash, Filling
from pytest_nodeleak.endings.deaths import (
    Aborted,
    Death,
    EndedItself,
    FdExhaustion,
    HeapLimit,
    Killed,
    OomKill,
    StackOverflow,
    UncaughtException,
    UnhandledRejection,
    Vanished,
)
from pytest_nodeleak.endings.trail import StartUp
from pytest_nodeleak.exceptions import AppExited
from pytest_nodeleak.memory_kill import MemoryKill
from pytest_nodeleak.nodejs.last_output import PrintedError

MIB = 2**20
ERROR = PrintedError(name="TypeError", message="no id")
FULL = HeapLimit(message="heap out of memory")
GREW = Filling(
    found="grew in both windows of load",
    findings=(collection_finding(),),
    has_grown=True,
)
WAS_LARGE = replace(GREW, found="held most of the heap", has_grown=False)


def died(
    death: Death,
    *,
    restarted_as: int | None = None,
    limit_bytes: int | None = None,
    **parts: object,
) -> Crash:
    exited = AppExited(
        returncode=1,
        stage="under load (screen)",
        output_tail=(),
        requests=40,
        hidden_by="nodemon server.js" if restarted_as else "",
        restarted_as=restarted_as,
        memory_kill=MemoryKill(limit_bytes=limit_bytes, peak_bytes=None)
        if limit_bytes
        else None,
    )
    start_up = StartUp(
        heap_limit_bytes=64 * MIB,
        old_space_limit_bytes=None,
        flags=(),
        directory=Path("/app"),
        fd_limit=512,
    )
    made = Crash(
        death=death,
        exited=exited,
        target="GET /",
        start_up=start_up,
        node_version="v24.0.0",
    )
    return replace(made, **parts)  # type: ignore[arg-type]  # fields by name


def told(death: Death, **parts: object) -> Diagnosis:
    diagnosis = diagnose_crash(died(death, **parts))  # type: ignore[arg-type]  # as above
    assert diagnosis is not None
    return diagnosis


@pytest.mark.parametrize(
    ("death", "category"),
    [
        (FULL, Category.HEAP_LIMIT),
        (replace(FULL, in_worker=True), Category.HEAP_LIMIT),
        (OomKill(), Category.OOM_KILL),
        (UncaughtException(error=ERROR), Category.UNCAUGHT_EXCEPTION),
        (UnhandledRejection(error=ERROR), Category.UNHANDLED_REJECTION),
        (FdExhaustion(error=ERROR), Category.FD_EXHAUSTION),
        (StackOverflow(error=ERROR), Category.STACK_OVERFLOW),
        (EndedItself(code=0, called_by=None), Category.EXITED),
        (EndedItself(code=3), Category.EXITED),
        (Killed(signal="SIGKILL"), Category.KILLED),
        (Killed(signal="SIGTERM"), Category.KILLED),
        (Aborted(signal="SIGSEGV"), Category.ABORTED),
    ],
)
def test_every_death_has_its_category_and_says_when(
    death: Death, category: Category
) -> None:
    diagnosis = told(death)

    assert diagnosis.category is category
    assert diagnosis.sentence.startswith(
        f"{category.label}: after 40 requests of GET /, "
    )
    assert diagnosis.sentence.endswith(".")


def test_how_a_process_ended_that_nobody_saw_is_not_guessed() -> None:
    assert diagnose_crash(died(Vanished())) is None


def test_a_full_heap_that_grew_is_a_leak_with_its_holder() -> None:
    diagnosis = told(FULL, filling=GREW)

    assert diagnosis.category is Category.HEAP_LEAK
    assert "having climbed with the requests, because cache, a module-level Map" in (
        diagnosis.sentence
    )


def test_a_full_heap_of_one_large_holder_is_no_leak_while_readings_are_flat() -> None:
    diagnosis = told(FULL, filling=WAS_LARGE, readings=readings())

    assert diagnosis.category is Category.HEAP_LIMIT
    assert "flat until then" in diagnosis.sentence
    assert diagnosis.sentence.endswith(
        "; most is held by cache, a module-level Map at server.js:3."
    )


def test_without_readings_growth_is_neither_said_nor_denied() -> None:
    assert "it is not known whether bit by bit" in told(FULL).sentence


def test_a_container_trap_is_told_by_the_sum() -> None:
    idle = Footprint(
        heap_limit_bytes=2096 * MIB,
        old_space_bytes=2048 * MIB,
        is_sized_by_memory=False,
        heap_used_bytes=5 * MIB,
        external_bytes=2 * MIB,
        overhead_bytes=20 * MIB,
        shared_bytes=40 * MIB,
        node_major=24,
    )
    fit = Fit.of(idle, memory_bytes=128 * MIB)
    diagnosis = told(OomKill(), limit_bytes=128 * MIB, fit=fit, filling=GREW)

    assert diagnosis.category is diagnosis.page is Category.CONTAINER_TRAP
    assert "killed the process at 128 MiB of memory, before V8" in diagnosis.sentence
    assert "; the heap grew, because cache, a module-level Map" in diagnosis.sentence


def test_what_was_only_large_did_not_grow_until_the_kill() -> None:
    diagnosis = told(OomKill(), limit_bytes=128 * MIB, filling=WAS_LARGE)

    assert diagnosis.category is Category.OOM_KILL
    assert "grew" not in diagnosis.sentence


def test_descriptors_are_said_to_leak_only_if_their_number_rose() -> None:
    error = FdExhaustion(error=ERROR)

    assert "too many were open at once, or" in told(error).sentence
    assert "their number rose with the requests" in (
        told(error, rises={"fds": rise(1)}).sentence
    )


def test_a_value_that_is_no_error_is_called_one() -> None:
    thrown = UncaughtException(error=PrintedError(name="", message="42"))

    assert (
        ", a value was thrown and nothing around it caught it" in told(thrown).sentence
    )


def test_a_restart_is_named_beside_the_error_it_hides() -> None:
    diagnosis = told(UncaughtException(error=ERROR), restarted_as=4712)

    assert diagnosis.category is Category.UNCAUGHT_EXCEPTION
    assert diagnosis.also == (Category.RESTART_LOOP,)
    assert "its parent starts it again, which hides the failure" in diagnosis.sentence


def test_a_restart_is_the_diagnosis_where_the_cause_is_not_known() -> None:
    diagnosis = told(Vanished(), restarted_as=4712)

    assert diagnosis.category is Category.RESTART_LOOP
    assert diagnosis.also == ()
    assert "its parent (nodemon server.js) started another one" in diagnosis.sentence
