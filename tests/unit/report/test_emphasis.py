from __future__ import annotations

import pytest

from pytest_nodeleak.report.emphasis import Emphasis, emphasized, folded

WRONG, VERDICT, CULPRIT, NONE = Emphasis

LEAK = """\
Heap leak: memory climbs.
GET / leaks 1.00 entry/request
  piling up   {id} 1.00/req
  held by     cache: Map
              server -> cache
  put there   load server.js:5"""


def test_a_report_is_wrong_by_a_verdict_because_of_a_culprit() -> None:
    assert [emphasis for _, emphasis in emphasized(LEAK)] == [
        WRONG,
        VERDICT,
        NONE,
        CULPRIT,
        NONE,
        CULPRIT,
    ]


def test_each_of_several_reports_has_its_own_first_line() -> None:
    emphases = [emphasis for _, emphasis in emphasized(f"{LEAK}\n\n{LEAK}")]
    assert emphases[7:] == emphases[:6]


def test_a_report_without_diagnosis_has_no_second_sentence() -> None:
    text = "GET / is inconclusive: too few requests\n  heap        flat"
    assert [*emphasized(text)] == [
        ("GET / is inconclusive: too few requests", WRONG),
        ("  heap        flat", NONE),
    ]


def test_no_line_is_lost_or_changed() -> None:
    text = f"{LEAK}\n\n\n{LEAK}\n"
    assert "\n".join(line for line, _ in emphasized(text)) == text


def test_what_does_not_fit_goes_below_the_text_of_its_row() -> None:
    row = "  to fix      a collection that only grows: give it a maximum size"
    assert folded(row, 45) == [
        "  to fix      a collection that only grows:",
        "              give it a maximum size",
    ]
    assert folded(f"Heap leak: {'memory climbs ' * 4}", 45) == [
        "Heap leak: memory climbs memory climbs memory",
        "climbs memory climbs",
    ]


@pytest.mark.parametrize("width", [None, 12, 200])
def test_a_line_stays_whole_in_a_pipe_and_where_it_fits_or_nothing_would(
    width: int | None,
) -> None:
    row = "  held by     cache: Map (20,412 entries)          server.js:3 module scope"
    assert folded(row, width) == [row]


def test_a_place_is_never_torn() -> None:
    place = f"{'a-folder/' * 9}server.js:3:17"
    assert place in "".join(folded(f"  put there   load {place} <- handler x.js:1", 50))
