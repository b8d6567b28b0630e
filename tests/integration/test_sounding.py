"""What is left of a pool when an app was asked once for each kind of request."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
from integration.node_apps import LaunchApp, WriteApp, serving

from pytest_nodeleak.exceptions import LoadFailed
from pytest_nodeleak.fixtures.sounding import Sounding, sound
from pytest_nodeleak.load.plan import LoadPlan
from pytest_nodeleak.load.template import Pool, Template

pytestmark = pytest.mark.nodejs

# Answers with the status that the path begins with, or not at all.
APP = serving(
    """
  const status = Number(req.url.split('/')[1]);
  if (req.url.startsWith('/0/')) return req.socket.destroy();
  const [, below] = /^\\/below\\/(\\d+)/.exec(req.url) ?? [];
  res.statusCode = below > 1000 ? 404 : status || 200;
  res.end(`sent ${req.url}`);
"""
)
Sound = Callable[..., Sounding]


@pytest.fixture
def sounded(write_app: WriteApp, launch_app: LaunchApp) -> Sound:
    write_app(APP)
    app = launch_app()

    def sounded(
        *paths: str,
        declared: tuple[int, ...] = (),
        spare: tuple[int, ...] = (),
        security: tuple[str, ...] = (),
    ) -> Sounding:
        plan = replace(
            LoadPlan.for_route("GET /any"),
            path=Pool([Template(path) for path in paths]),
            expect_status=frozenset({*range(200, 400), *declared}),
        )
        return sound(
            plan, app.endpoint, itertools.count(1), spare=spare, security=security
        )

    return sounded


def paths(sounding: Sounding) -> list[str]:
    assert isinstance(sounding.plan.path, Pool)
    return [one.render(0) for one in sounding.plan.path.templates]


def test_an_app_is_loaded_with_what_it_takes_and_a_note_says_what_it_does_not(
    sounded: Sound,
) -> None:
    all_taken = sounded("/200/a", "/302/b")
    assert paths(all_taken) == ["/200/a", "/302/b"]
    assert all_taken.notes == ()

    # What is not declared, and what says that a guess was bad, is not sent.
    some = sounded("/200/a", "/404/b", "/410/c", "/422/d", declared=(404, 422))
    assert paths(some) == ["/200/a", "/404/b"]
    assert some.notes == (
        (
            "2 of 4 kinds of requests were left out, as they were not taken:"
            " GET /410/c answered 410: sent /410/c"
        ),
        "1 of 2 kinds of requests are answered 404, as declared",
    )

    # Spare ones are sent where others find nothing, and as often as these.
    assert paths(sounded("/200/a", "/200/1", spare=(1,))) == ["/200/a"]
    assert paths(sounded("/404/a", "/200/1", "/404/2", spare=(1, 2))) == ["/200/1"]
    assert paths(
        sounded("/404/a", "/404/b", "/200/1", declared=(404,), spare=(2,))
    ) == ["/404/a", "/404/b", "/200/1", "/200/1"]

    # An app that has the first ids only is asked for those.
    assert paths(sounded("/below/{n}", "/200/1", spare=(1,))) == ["/200/1"]

    # Without an answer there may be no app: the check itself tells.
    assert paths(sounded("/0/a", "/422/b")) == ["/0/a", "/422/b"]


def test_a_pool_of_which_nothing_is_taken_is_an_error_with_a_remedy(
    sounded: Sound,
) -> None:
    with pytest.raises(LoadFailed) as refused:
        sounded("/404/a", "/404/b", "/422/c", declared=(404,))
    assert str(refused.value).splitlines()[:3] == [
        (
            "GET /any: no kind of request was answered with a success (2 x 404, 1 x 422),"
            " so there is nothing to judge"
        ),
        "First of them: GET /404/a answered 404: sent /404/a",
        "Give examples of values that it takes in the document.",
    ]

    with pytest.raises(LoadFailed, match="Say who asks with --nodeleak-header"):
        sounded("/403/a")
    with pytest.raises(LoadFailed, match=r"asks for key \(X\) or token: say who asks"):
        sounded("/401/a", security=("key (X)", "token"))
