from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import json_values

import pytest_nodeleak.heap.sections as sections_module
from pytest_nodeleak.heap.columns import Table
from pytest_nodeleak.heap.sections import BadText, Numbers, Section, Skipped, Strings


def _take(section: Section, text: str, cuts: list[int]) -> int:
    """Feed a text in pieces; return where the section ends, as the reader does."""
    taken, is_whole = 0, False
    for end in [*sorted(cuts), len(text)]:
        if not is_whole and taken < end:
            taken, is_whole = section.take(text[:end], taken, is_last=False)
    if not is_whole:
        taken, is_whole = section.take(text, taken, is_last=True)
    assert is_whole
    return taken


_CUTS = st.lists(st.integers(1, 60), max_size=8)


@given(value=json_values(), cuts=_CUTS, indent=st.sampled_from([None, 1]))
def test_a_skipped_value_ends_where_it_ends(
    value: object, cuts: list[int], indent: int | None
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    rest = ',"nodes":[1]}'
    inside = [cut for cut in cuts if cut < len(text)]
    assert _take(Skipped(), text + rest, inside) == len(text)


@pytest.mark.parametrize(
    "text", ['"],\\"\\\\"', '[[],[1,["]"]],{}]', '{"nodes":[{"a":"}\\""}]}', "-1.5e3"]
)
@pytest.mark.parametrize("cut", range(1, 10))
def test_brackets_and_quotes_in_strings_end_no_skipped_value(
    text: str, cut: int
) -> None:
    assert _take(Skipped(), text + "}", [min(cut, len(text) - 1)]) == len(text)


def test_what_is_skipped_is_not_kept() -> None:
    section = Skipped()
    section.take("[", 0, is_last=False)
    chunk = "[1,2,[3]]," * 10_000
    peaks = []
    # What other threads allocate meanwhile, as those of pytest-xdist do, counts too.
    for _ in range(4):
        tracemalloc.start()
        for _ in range(5):
            assert section.take(chunk, 0, is_last=False) == (len(chunk), False)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert min(peaks) < 10_000


@given(
    texts=st.lists(st.sampled_from([",", '",', "a", '\\"', "", "日"]), max_size=12),
    cuts=_CUTS,
    piece=st.integers(1, 30),
)
def test_strings_cut_anywhere_are_put_together(
    texts: list[str], cuts: list[int], piece: int
) -> None:
    text = json.dumps(texts, separators=(",", ":"), ensure_ascii=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sections_module, "_PIECE_CHARACTERS", piece)
        section = Strings()
        inside = [cut for cut in cuts if cut < len(text)]
        assert _take(section, text + ',"more":[]}', inside) == len(text)
    assert section.strings == texts


@pytest.mark.parametrize(
    "text",
    ['["a",]', '["a",,"b"]', '["a" "b"]', "[1]", '["a",["b"]]', '{"a":1}', "[,]"],
)
@pytest.mark.parametrize("piece", [1, 3, 5, 100])
def test_a_list_of_anything_but_strings_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str, piece: int
) -> None:
    monkeypatch.setattr(sections_module, "_PIECE_CHARACTERS", piece)
    with pytest.raises(BadText):
        _take(Strings(), text, [2, 4])


def test_a_string_longer_than_any_of_v8_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sections_module, "_PIECE_CHARACTERS", 10)
    monkeypatch.setattr(sections_module, "_LONGEST_STRING", 100)
    with pytest.raises(BadText, match="truncated or corrupt: Unterminated string"):
        Strings().take('["a","' + "x" * 200, 0, is_last=False)


def _numbers() -> tuple[Numbers, Table]:
    table = Table("x", ("x",), {"x": np.int64}, announced=None, multiples={})
    return Numbers(table), table


@given(
    numbers=st.lists(st.integers(-9, 2**60), max_size=12),
    cuts=_CUTS,
    indent=st.sampled_from([None, 1]),
)
def test_numbers_cut_anywhere_are_put_together(
    numbers: list[int], cuts: list[int], indent: int | None
) -> None:
    text = json.dumps(numbers, indent=indent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sections_module, "_PIECE_CHARACTERS", 25)
        section, table = _numbers()
        inside = [cut for cut in cuts if cut < len(text)]
        assert _take(section, text + ',"more":[]}', inside) == len(text)
    assert table.finish()["x"].tolist() == numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("[1,x]", "number 1"),
        ("[1,2,]", "number 2"),
        ("[1,2,\n]", "number 2"),
        ("[,1]", "number 0"),
        ("[1,,2]", "number 1"),
        ("[1,-,2]", "number 1"),
        ("[+1]", "number 0"),
        ("[1,99999999999999999999]", "number 1"),
        ("[1,-99999999999999999999]", "number 1"),
        ("[1,[2]]", "number 1"),
        ("[1,2.0]", "number 1"),
        ("[1,٣]", "number 1"),
    ],
)
def test_a_number_that_is_none_is_counted_and_shown(text: str, number: str) -> None:
    section, _ = _numbers()
    with pytest.raises(BadText, match=f"{number}: expected an integer, got"):
        _take(section, text, [])


def test_numbers_without_commas_are_not_kept_for_ever() -> None:
    section, _ = _numbers()
    with pytest.raises(BadText, match="expected a comma after '1111"):
        section.take("[" + "1" * section.enough, 0, is_last=False)
