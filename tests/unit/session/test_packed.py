"""Records of checks as short texts."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from measurements import check, collection_finding, leaking, measurement

from pytest_nodeleak.report.record import check_record
from pytest_nodeleak.session.packed import pack, unpack


# Names of an app need not be valid Unicode.
@given(
    st.dictionaries(
        st.text(), st.text(st.characters() | st.characters(categories=["Cs"]))
    )
)
def test_a_record_comes_back_as_it_was(record: dict[str, str]) -> None:
    assert unpack(pack(json.dumps(record))) == record


def test_a_record_takes_less_than_half_of_its_text() -> None:
    leak = check(measurement(watched=(leaking(collection_finding()),)))
    text = json.dumps(check_record(leak))
    packed = pack(text)
    assert packed.isascii()
    assert len(packed) < len(text) / 2
