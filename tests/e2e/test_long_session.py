"""What pytest keeps of a check that is over: what the summary needs, and no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sessions import CLEAN, LEAK

from pytest_nodeleak.report.record import check_record

# Tests before anything is measured, and those that are measured.
FIRST, MEASURED = 10, 30
TESTS = f"""
import copy

import pytest
from pytest_nodeleak import LeakDetected
from pytest_nodeleak.session.session import recorder
from sessions import CLEAN, LEAK

@pytest.mark.parametrize("number", range({FIRST + MEASURED}))
def test_route(request, number):
    # As if measured: a heap, and no two checks share what they have found.
    heap = bytearray(1_000_000)
    recorder(request.node)(copy.deepcopy(LEAK if number % 2 else CLEAN))
    if number % 2:
        raise LeakDetected("GET / leaks", headline="GET / leaks")
"""
READING = """
import gc, json, tracemalloc
from pathlib import Path

kept = []

def pytest_collection_finish():
    tracemalloc.start()

def pytest_runtest_logfinish():
    gc.collect()
    kept.append(tracemalloc.get_traced_memory()[0])

def pytest_unconfigure():
    Path("kept.json").write_text(json.dumps(kept))
"""
TESTS_DIRECTORY = Path(__file__).parents[1]


def test_a_check_that_is_over_costs_its_session_a_few_kilobytes(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TESTS_DIRECTORY))
    pytester.makeconftest(READING)
    pytester.makepyfile(TESTS)
    run = pytester.runpytest_subprocess("--nodeleak", "-q")
    half = (FIRST + MEASURED) // 2
    run.assert_outcomes(passed=half, failed=half)

    kept = json.loads((pytester.path / "kept.json").read_text())
    per_check = (kept[-1] - kept[FIRST - 1]) / MEASURED
    texts = [len(json.dumps(check_record(check))) for check in (CLEAN, LEAK)]
    print(per_check, texts)
    # Its record as text, a dozen properties, and what pytest itself keeps of any test, and
    # pytest-rerunfailures of one that failed.
    assert per_check < sum(texts) / 2 + 22_000
