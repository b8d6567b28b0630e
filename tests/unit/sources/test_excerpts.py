"""Which lines of source a report shows."""

from __future__ import annotations

import pytest
from measurements import blocking_finding, collection_finding, timer_finding

from pytest_nodeleak.evidence.findings import Excerpt, Place
from pytest_nodeleak.sources.excerpts import culprit_places, excerpts_at

TEXT = "\n".join(f"line {number}" for number in range(1, 41))


def cut(*places: Place, text: str = TEXT) -> tuple[Excerpt, ...]:
    return excerpts_at(places, lambda _file: text)


def at(line: int | None, file: str = "app.js", column: int | None = None) -> Place:
    return Place(file=file, line=line, column=column)


def test_a_line_is_shown_with_three_lines_on_either_side() -> None:
    (found,) = cut(at(10))

    assert found == Excerpt(
        file="app.js",
        first_line=7,
        lines=tuple(f"line {number}" for number in range(7, 14)),
        marks=(10,),
    )


@pytest.mark.parametrize(("line", "first", "length"), [(1, 1, 4), (40, 37, 4)])
def test_at_the_ends_of_a_file_there_are_fewer(
    line: int, first: int, length: int
) -> None:
    (found,) = cut(at(line))

    assert (found.first_line, len(found.lines)) == (first, length)


def test_lines_close_to_each_other_are_shown_together() -> None:
    (found,) = cut(at(19), at(21))

    assert found.marks == (19, 21)
    assert (found.first_line, found.lines[-1]) == (16, "line 24")


def test_lines_apart_are_shown_apart() -> None:
    assert [one.marks for one in cut(at(3), at(30), at(2, "b.ts"))] == [
        (3,),
        (30,),
        (2,),
    ]


@pytest.mark.parametrize(
    "place",
    [
        at(None),
        at(41),
        at(0),
        at(1, "/etc/passwd"),
        at(1, "node:net"),
        at(1, ".env"),
    ],
)
def test_what_is_no_line_of_source_is_not_shown(place: Place) -> None:
    assert cut(place) == ()


def test_a_file_that_cannot_be_read_is_not_shown() -> None:
    assert cut(at(1), text="") == ()


def test_of_a_long_line_the_part_around_the_column_is_shown() -> None:
    bundle = "a" * 5000 + "CULPRIT" + "b" * 5000

    (found,) = cut(at(1, column=5001), text=bundle)

    (line,) = found.lines
    assert "CULPRIT" in line
    assert len(line) == 162
    assert line.startswith("…a")
    assert line.endswith("b…")


def test_lines_end_as_javascript_ends_them() -> None:
    (found,) = cut(at(3), text="one\r\ntwo\u2028three\ffour")

    assert found.lines == ("one", "two", "three\ffour")


def test_the_places_of_a_leak_are_its_holder_and_who_puts_it_there() -> None:
    assert [str(one) for one in culprit_places(collection_finding())] == [
        "server.js:3",
        "server.js:5:12",
    ]


def test_the_places_of_a_timer_end_with_its_callback() -> None:
    assert str([*culprit_places(timer_finding())][-1]) == "poll.js:12:15"


def test_the_place_of_a_blocked_loop_is_the_function() -> None:
    assert [str(one) for one in culprit_places(blocking_finding())] == ["slow.js:2:1"]
