"""What a clean verdict says it would have seen is seen, when it is planted."""

from __future__ import annotations

import itertools

import pytest
from integration.node_apps import OpenFactory, WriteApp, serving

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.fixtures.app import NodeApp
from pytest_nodeleak.fixtures.factory import NodeLeak

pytestmark = pytest.mark.nodejs

ROUTE = "GET /{n}"


@pytest.fixture
def factory(open_factory: OpenFactory, write_app: WriteApp) -> NodeLeak:
    write_app(serving())
    return open_factory()


@pytest.fixture
def app(factory: NodeLeak) -> NodeApp:
    return factory.launch("node app.cjs")


_SIZES_BYTES, _RATES = (8, 64, 512), (0.01, 0.1, 1.0)
_EXTREMES = {(0.01, 8), (0.01, 512), (1.0, 8), (1.0, 512)}


@pytest.mark.parametrize(
    ("rate", "size_bytes"),
    [
        pytest.param(*pair, marks=[] if pair in _EXTREMES else [pytest.mark.matrix])
        for pair in itertools.product(_RATES, _SIZES_BYTES)
    ],
)
def test_a_leak_of_the_size_a_clean_verdict_promises_to_see_is_seen(
    factory: NodeLeak, app: NodeApp, rate: float, size_bytes: int
) -> None:
    with factory.plant(app, objects_per_request=rate, size_bytes=size_bytes):
        # What a clean verdict promises depends on the load; how much a busy machine
        # leaves room for is not what this is about.
        report = app.hammer(ROUTE, requests=8000)
    detectable = report.measurement.detectable_objects
    assert detectable is not None
    assert detectable <= rate
    assert report.verdict == "leak", str(report)
    (culprit,) = report.findings
    assert culprit.holder is not None
    assert culprit.holder.name == "planted"
    assert culprit.entries_per_request == pytest.approx(rate, rel=0.1)
    # A list's store grows by half: its slots come in leaps.
    assert culprit.bytes_per_request == pytest.approx(rate * size_bytes, rel=0.35)


def test_what_was_planted_is_gone_after_the_block(
    factory: NodeLeak, app: NodeApp
) -> None:
    with factory.plant(app):
        pass
    report = app.hammer(ROUTE)
    assert report.verdict == "clean", str(report)
    assert report.measurement.detectable_bytes == pytest.approx(0.08, rel=0.1)


def test_an_app_that_died_meanwhile_needs_no_weeding(
    factory: NodeLeak, app: NodeApp
) -> None:
    with factory.plant(app):
        app.stop()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            {"objects_per_request": 0},
            "plant(): objects_per_request= 0 is not a number above 0",
        ),
        ({"size_bytes": -8}, "plant(): size_bytes= -8 is not a number above 0"),
    ],
)
def test_nothing_cannot_be_planted(
    factory: NodeLeak, app: NodeApp, arguments: dict[str, int], text: str
) -> None:
    with (
        pytest.raises(InvalidSetting) as refused,
        factory.plant(app, **arguments),
    ):
        pass
    assert str(refused.value) == text
