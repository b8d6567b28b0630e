from __future__ import annotations

from pathlib import Path

import pytest

from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.culprits.explain import Explainer
from pytest_nodeleak.endings.trail import Trail
from pytest_nodeleak.evidence.descriptors import Opening, Openings
from pytest_nodeleak.nodejs.descriptor_types import DescriptorType
from pytest_nodeleak.stages.opened import describe_descriptors, stacks_of

TYPES = DescriptorType


def opening(name: str, *, call: str, calls: int = 100, left_open: int = 0) -> Opening:
    frames = (
        ProfileFrame(function=name, url="/app/files.js", line=7, column=3),
        ProfileFrame(function="next", url="node:internal", line=1, column=1),
    )
    return Opening(call=call, frames=frames, calls=calls, left_open=left_open)


def described(openings: Openings, **open_now: int) -> list[str]:
    kinds = {DescriptorType[name]: count for name, count in open_now.items()}
    trail = Trail(descriptors=kinds, openings=openings)
    return [
        f"{one}, {one.per_request:g}"
        for one in describe_descriptors(trail, Explainer(Path("/app"))).openers
    ]


def seen(*openings: Opening) -> Openings:
    return Openings(requests=100, grown={TYPES.FILE: 50}, openings=openings)


def test_who_leaves_the_most_open_comes_first_and_chance_is_left_out() -> None:
    told = described(
        seen(
            opening("rare", call="fs.open()", left_open=1),
            opening("second", call="fs.open()", left_open=30),
            opening("first", call="fs.openSync()", left_open=70),
            opening("closer", call="connect()"),
        )
    )
    assert told == [
        "first files.js:7:3 by fs.openSync(), 0.7",
        "second files.js:7:3 by fs.open(), 0.3",
    ]


def test_where_nothing_can_be_opened_who_tries_to_open_more_of_it_is_named() -> None:
    tries = seen(
        opening("load", call="fs.open()", calls=20), opening("ask", call="connect()")
    )
    assert described(tries, FILE=80, PIPE=5) == ["load files.js:7:3 by fs.open(), 0.2"]


def test_the_source_around_who_opens_it_is_shown(tmp_path: Path) -> None:
    (tmp_path / "files.js").write_text("\n".join("abcdefghi"))
    frame = ProfileFrame(
        function="load", url=(tmp_path / "files.js").as_uri(), line=7, column=1
    )
    opens = Opening(call="fs.open()", frames=(frame,), calls=9, left_open=9)
    trail = Trail(descriptors={TYPES.FILE: 9}, openings=seen(opens))

    (opener,) = describe_descriptors(trail, Explainer(tmp_path)).openers

    (excerpt,) = opener.excerpts
    assert (excerpt.marks, excerpt.lines) == ((7,), (*"defghi",))


def test_what_grows_is_told_per_request() -> None:
    trail = Trail(openings=seen())
    found = describe_descriptors(trail, Explainer(Path("/app")))
    assert found.per_request == {TYPES.FILE: 0.5}


@pytest.mark.parametrize("openings", [None, seen()])
def test_where_nobody_opens_anything_there_is_no_stack(
    openings: Openings | None,
) -> None:
    assert stacks_of(openings) == []


def test_where_nobody_looked_only_what_is_open_is_known() -> None:
    found = describe_descriptors(
        Trail(descriptors={TYPES.FILE: 9}), Explainer(Path("/app"))
    )
    assert (found.open, found.per_request) == ({TYPES.FILE: 9}, {})
    assert found.openers == ()
