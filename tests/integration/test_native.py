"""Memory that no object owns grows: it is told, and never called a heap leak."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest
from integration.node_apps import OpenFactory

from pytest_nodeleak.exceptions import LeakDetected

APPS = Path(__file__).parent / "apps"
pytestmark = [
    pytest.mark.nodejs,
    pytest.mark.skipif(
        platform.libc_ver()[0] != "glibc", reason="other C libraries free it"
    ),
]


def test_native_growth_beside_a_flat_heap_is_told_as_such(
    open_factory: OpenFactory,
) -> None:
    app = open_factory(cwd=APPS).launch("node native.cjs")
    report = app.hammer("GET /env/{n}", requests=400)
    # Without a limit it is no failure: any app gains tens of megabytes at first.
    assert report.verdict == "clean", str(report)
    assert "  native      resident memory grew by " in str(report)
    assert "native memory (an addon, a database, threads) or fragmentation, and" in (
        str(report)
    )

    with pytest.raises(LeakDetected) as failure:
        report.assert_bounded(rss_slope="100 KB")
    diagnosis, *_ = str(failure.value).splitlines()
    assert diagnosis.startswith("Native memory or fragmentation: the process grows by")
    assert "it is no heap leak" in diagnosis
