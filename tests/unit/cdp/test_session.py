from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import json_values

from pytest_nodeleak.cdp.events import SnapshotChunk, UnknownEvent
from pytest_nodeleak.cdp.messages import collect_garbage
from pytest_nodeleak.cdp.session import Failure, Session, Success


def _event(chunk: str) -> dict[str, object]:
    return {
        "method": "HeapProfiler.addHeapSnapshotChunk",
        "params": {"chunk": chunk},
    }


def _waiting() -> tuple[Session, int]:
    """Return a session that waits for the answer to one command."""
    session = Session()
    command_id, _ = session.send(collect_garbage())
    return session, command_id


def test_commands_are_numbered_and_written_as_json() -> None:
    session = Session()
    first, text = session.send(collect_garbage())
    second, _ = session.send(collect_garbage())
    assert json.loads(text) == {
        "id": first,
        "method": "HeapProfiler.collectGarbage",
        "params": {},
    }
    assert first != second


def test_a_result_is_handed_over_as_it_came() -> None:
    session, command_id = _waiting()
    answer = session.receive_text(json.dumps({"id": command_id, "result": {"a": [1]}}))
    assert answer == Success(command_id=command_id, result={"a": [1]})


def test_an_error_is_an_answer_too() -> None:
    session, command_id = _waiting()
    error = {"code": -32601, "message": "'X.y' wasn't found"}
    answer = session.receive_text(json.dumps({"id": command_id, "error": error}))
    assert answer == Failure(
        command_id=command_id, code=-32601, message="'X.y' wasn't found"
    )


def test_an_error_without_details_still_fails_the_command() -> None:
    session, command_id = _waiting()
    answer = session.receive_text(json.dumps({"id": command_id, "error": {}}))
    assert answer == Failure(command_id=command_id, code=0, message="")


def test_what_an_error_says_is_a_text_of_some_length() -> None:
    session, command_id = _waiting()
    error = {"code": [1], "message": "x" * 10_000_000}
    answer = session.receive_text(json.dumps({"id": command_id, "error": error}))
    assert answer == Failure(command_id=command_id, code=0, message="x" * 1000)


def test_what_an_error_says_cannot_steer_a_terminal() -> None:
    session, command_id = _waiting()
    error = {"code": 1, "message": "no\x1b[31m\n\ud800"}
    answer = session.receive_text(json.dumps({"id": command_id, "error": error}))
    assert answer == Failure(
        command_id=command_id, code=1, message="no\ufffd[31m \ufffd"
    )


def test_an_answer_that_comes_twice_counts_once() -> None:
    session, command_id = _waiting()
    text = json.dumps({"id": command_id, "result": {}})
    assert isinstance(session.receive_text(text), Success)
    assert isinstance(session.receive_text(text), UnknownEvent)


def test_a_late_answer_to_a_forgotten_command_is_an_unknown_event() -> None:
    session, forgotten = _waiting()
    session.forget(forgotten)
    session.forget(forgotten)
    command_id, _ = session.send(collect_garbage())
    late = session.receive_text(json.dumps({"id": forgotten, "result": {}}))
    assert late == UnknownEvent("late or foreign reply")
    answer = session.receive_text(json.dumps({"id": command_id, "result": {}}))
    assert isinstance(answer, Success)


def test_the_number_of_a_forgotten_command_is_not_used_again() -> None:
    session, forgotten = _waiting()
    session.forget(forgotten)
    assert session.send(collect_garbage())[0] != forgotten


def test_an_event_is_decoded_while_a_command_waits() -> None:
    session, _ = _waiting()
    event = session.receive_text(json.dumps(_event('{"snap')))
    assert event == SnapshotChunk('{"snap')


def test_lone_surrogates_in_a_chunk_come_through() -> None:
    session = Session()
    assert session.receive_text(json.dumps(_event("\ud800"))) == SnapshotChunk("\ud800")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "17",
        '"text"',
        "{}",
        '{"id": 99, "result": {}}',
        '{"id": null, "result": {}}',
        '{"id": [1], "result": {}}',
        '{"id": {}, "result": {}}',
        '{"id": true, "result": {}}',
        '{"id": 1.0, "result": {}}',
        '{"id": "1", "result": {}}',
        '{"method": "Debugger.paused", "params": {}}',
        '{"method": "Debugger.paused"}',
        '{"method": null}',
        '{"method": [[["Debugger.paused"]]]}',
        '{"method": "Debugger.paused", "params": {"callFrames": {}}}',
        '{"method": "HeapProfiler.addHeapSnapshotChunk"}',
        '{"method": "HeapProfiler.addHeapSnapshotChunk", "params": null}',
        '{"method": "HeapProfiler.addHeapSnapshotChunk", "params": {"chunk": 5}}',
        "[" * 100_000,
    ],
    ids=lambda text: text[:60],
)
def test_what_is_no_answer_and_no_known_event_leaves_the_command_waiting(
    text: str,
) -> None:
    session, command_id = _waiting()
    assert command_id == 1
    assert isinstance(session.receive_text(text), UnknownEvent)
    answer = session.receive_text(json.dumps({"id": command_id, "result": {}}))
    assert isinstance(answer, Success)


@pytest.mark.parametrize("body", [{"error": None}, {"error": "no"}, {"result": None}])
def test_an_answer_with_an_odd_body_still_resolves_its_command(
    body: dict[str, object],
) -> None:
    session, command_id = _waiting()
    answer = session.receive_text(json.dumps({"id": command_id, **body}))
    if "error" in body:
        assert isinstance(answer, Failure)
    else:
        assert answer == Success(command_id=command_id, result={})


@given(
    value=json_values()
    | st.fixed_dictionaries(
        {},
        optional={
            "id": json_values(),
            "method": json_values(),
            "params": json_values(),
        },
    )
)
def test_no_message_is_taken_for_the_answer_to_another_command(value: object) -> None:
    session, command_id = _waiting()
    # What does carry the command's number is its answer.
    if isinstance(value, dict) and value.get("id") == command_id:
        value["id"] = "another"
    answer = session.receive_text(json.dumps(value))
    assert not isinstance(answer, Success | Failure)


@given(data=st.data(), commands=st.integers(1, 6), events=st.integers(0, 6))
def test_any_interleaving_resolves_each_command_once_and_keeps_each_event(
    data: st.DataObject, commands: int, events: int
) -> None:
    session = Session()
    ids = [session.send(collect_garbage())[0] for _ in range(commands)]
    failing = data.draw(st.sets(st.sampled_from(ids)))
    messages: list[dict[str, object]] = [_event(str(i)) for i in range(events)]
    for command_id in ids:
        body = {"error": {"code": 1, "message": "no"}} if command_id in failing else {}
        messages.append({"id": command_id, **(body or {"result": {"of": command_id}})})
    order = data.draw(st.permutations(messages))
    repeated = data.draw(st.lists(st.sampled_from(messages), max_size=3))
    received = [session.receive_text(json.dumps(one)) for one in [*order, *repeated]]
    assert {one.command_id for one in received if isinstance(one, Failure)} == failing
    results = [one for one in received if isinstance(one, Success)]
    assert sorted(one.command_id for one in results) == sorted(set(ids) - failing)
    assert all(one.result == {"of": one.command_id} for one in results)
    answers = [one for one in received if isinstance(one, Success | Failure)]
    assert len(answers) == commands
    chunks = {one.text for one in received if isinstance(one, SnapshotChunk)}
    assert chunks == {str(i) for i in range(events)}
