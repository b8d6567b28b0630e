from __future__ import annotations

from measurements import known

from pytest_nodeleak.session.unused import unused_lines

Record = dict[str, object]


def record(
    *, target: str = "GET /a", verdict: str = "clean", suppressions: list[int]
) -> Record:
    return {"target": target, "verdict": verdict, "suppressions": suppressions}


def test_what_no_check_needed_is_told() -> None:
    listed = known({"holder": "cache"}, {"fingerprint": "0c5e8b1d42aa"})
    records = [record(verdict="leak", suppressions=[1]), record(suppressions=[])]

    (line,) = unused_lines(listed, records)

    assert line == (
        "unused suppression 2 (0c5e8b1d42aa) in known.toml: no leak fits it; take it out"
        " if that one is fixed"
    )


def test_an_entry_is_used_if_one_check_needed_it() -> None:
    records = [record(suppressions=[]), record(verdict="leak", suppressions=[1, 2])]

    assert unused_lines(known({"holder": "a"}, {"holder": "b"}), records) == []


def test_a_check_that_was_not_finished_might_have_needed_it() -> None:
    listed = known({"holder": "cache"}, {"holder": "cache", "target": "GET /b"})
    for verdict in ("crashed", "error", "inconclusive"):
        records = [
            record(verdict=verdict, suppressions=[]),
            record(target="GET /b", suppressions=[]),
        ]

        (line,) = unused_lines(listed, records)

        assert line.startswith("unused suppression 2 ")


def test_a_target_that_no_check_has_is_told() -> None:
    listed = known({"holder": "cache", "target": "GET /nowhere"})

    (line,) = unused_lines(listed, [record(suppressions=[])])

    assert line.endswith(
        "(cache) in known.toml: no check has a target like 'GET /nowhere'"
    )
