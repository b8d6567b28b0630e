from __future__ import annotations

from pathlib import Path

from suspects import a_holder, a_suspect

from pytest_nodeleak.endings.proven import Proven
from pytest_nodeleak.evidence.occupancy import Linear
from pytest_nodeleak.evidence.watched import Watched
from pytest_nodeleak.stages.proven import explain_proven

CURVE = Linear(per_request=1.0, size=5_000, requests=4_000)
LEAK = Watched(suspect=a_suspect(), curve=CURVE, bound=None, newest_keys=("a secret",))


def test_a_leak_that_several_processes_have_proven_is_told_once() -> None:
    other = a_suspect(a_holder(name="sessions"))
    proven = Proven(leaks=[LEAK, LEAK, Watched(suspect=other, curve=CURVE, bound=None)])

    told = [one.finding.title for one in explain_proven(proven, Path("/app"))]

    assert [title.split()[0] for title in told] == ["cache", "sessions"]


def test_keys_of_the_app_are_not_handed_on() -> None:
    (leak,) = explain_proven(Proven(leaks=[LEAK]), Path("/app"))

    assert leak.finding.holder is not None
    assert leak.finding.holder.newest_keys == ()


def test_nothing_that_was_proven_is_nothing_to_tell() -> None:
    assert explain_proven(Proven(), Path("/app")) == ()
