from __future__ import annotations

from pytest_nodeleak.session.unreached import unreached_lines

REASONS = {f"test_it.py::test_{n}": "the app got no request" for n in range(7)}


def test_nothing_is_said_where_all_tests_called_the_app() -> None:
    assert unreached_lines({}, shows_all=False, is_in_vain=False) == ()


def test_tests_that_did_not_call_the_app_are_named_a_few_of_them() -> None:
    lines = unreached_lines(REASONS, shows_all=False, is_in_vain=False)

    assert lines == (
        (
            "nodeleak: 7 of the tests did not call the app (the app got no request), so"
            " nothing was judged under them"
        ),
        *(f"  test_it.py::test_{n}" for n in range(5)),
        "  and 2 more (-v names them)",
    )
    all_lines = unreached_lines(REASONS, shows_all=True, is_in_vain=False)
    assert all_lines[1:] == tuple(f"  {one}" for one in REASONS)


def test_where_none_called_it_it_is_said_how_to() -> None:
    head, *_ = unreached_lines(REASONS, shows_all=False, is_in_vain=True)

    assert head == (
        "nodeleak: no test called the app (the app got no request), so nothing was judged"
        " under any; they have to take its address from NODELEAK_BASE_URL or"
        " nodeleak_base_url"
    )
