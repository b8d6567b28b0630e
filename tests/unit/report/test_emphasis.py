from __future__ import annotations

from pytest_nodeleak.report.emphasis import Emphasis, emphasized

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
