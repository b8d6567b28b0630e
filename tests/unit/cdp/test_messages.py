from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_nodeleak.cdp import cpu_profiler, messages
from pytest_nodeleak.cdp.messages import (
    Command,
    Evaluation,
    RemoteObject,
)

_REMOTE = RemoteObject(object_id="17", class_name="Map")
_OTHER = RemoteObject(object_id="18", class_name="Array")


@pytest.mark.parametrize(
    ("command", "method", "params"),
    [
        (messages.collect_garbage(), "HeapProfiler.collectGarbage", {}),
        (
            messages.take_heap_snapshot(),
            "HeapProfiler.takeHeapSnapshot",
            {"reportProgress": False, "captureNumericValue": False},
        ),
        (
            messages.get_object_by_heap_object_id(4711, group="g"),
            "HeapProfiler.getObjectByHeapObjectId",
            {"objectId": "4711", "objectGroup": "g"},
        ),
        (
            messages.get_heap_object_id(_REMOTE),
            "HeapProfiler.getHeapObjectId",
            {"objectId": "17"},
        ),
        (
            messages.start_sampling(interval_bytes=4096),
            "HeapProfiler.startSampling",
            {"samplingInterval": 4096},
        ),
        (messages.stop_sampling(), "HeapProfiler.stopSampling", {}),
        (messages.get_sampling_profile(), "HeapProfiler.getSamplingProfile", {}),
        (
            messages.query_objects(_REMOTE, group="g"),
            "Runtime.queryObjects",
            {"prototypeObjectId": "17", "objectGroup": "g"},
        ),
        (
            messages.release_object_group("g"),
            "Runtime.releaseObjectGroup",
            {"objectGroup": "g"},
        ),
        (messages.discard_console_entries(), "Runtime.discardConsoleEntries", {}),
        (cpu_profiler.enable_cpu_profiler(), "Profiler.enable", {}),
        (
            cpu_profiler.set_cpu_interval(interval_us=200),
            "Profiler.setSamplingInterval",
            {"interval": 200},
        ),
        (
            cpu_profiler.start_coverage(),
            "Profiler.startPreciseCoverage",
            {"callCount": True, "detailed": False},
        ),
        (cpu_profiler.stop_coverage(), "Profiler.stopPreciseCoverage", {}),
        (messages.pause(), "Debugger.pause", {}),
        (messages.get_heap_usage(), "Runtime.getHeapUsage", {}),
        (cpu_profiler.start_cpu_profile(), "Profiler.start", {}),
        (cpu_profiler.stop_cpu_profile(), "Profiler.stop", {}),
        (cpu_profiler.disable_cpu_profiler(), "Profiler.disable", {}),
        (messages.enable_debugger(), "Debugger.enable", {}),
        (messages.disable_debugger(), "Debugger.disable", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_command_is_written_as_the_protocol_has_it(
    command: Command[object], method: str, params: Mapping[str, object]
) -> None:
    assert (command.method, dict(command.params)) == (method, params)


def test_an_expression_is_evaluated_by_value_unless_a_group_keeps_it() -> None:
    by_value = messages.evaluate("1 + 1", await_promise=True)
    kept = messages.evaluate("cache", group="g")
    assert by_value.method == "Runtime.evaluate"
    assert dict(by_value.params) == {
        "expression": "1 + 1",
        "includeCommandLineAPI": True,
        "awaitPromise": True,
        "returnByValue": True,
        "silent": True,
    }
    assert kept.params["returnByValue"] is False
    assert kept.params["objectGroup"] == "g"
    assert kept.params["awaitPromise"] is False


def test_a_call_passes_values_and_remote_objects_each_in_its_form() -> None:
    command = messages.call_function_on(
        _REMOTE, "function (a) {}", arguments=(_OTHER, "text", 3, None)
    )
    assert command.method == "Runtime.callFunctionOn"
    assert dict(command.params) == {
        "objectId": "17",
        "functionDeclaration": "function (a) {}",
        "arguments": [
            {"objectId": "18"},
            {"value": "text"},
            {"value": 3},
            {"value": None},
        ],
        "returnByValue": True,
        "awaitPromise": False,
        "silent": True,
    }


def test_the_result_of_a_call_is_kept_by_a_group() -> None:
    command = messages.call_function_on(_REMOTE, "function () {}", group="g")
    assert command.params["returnByValue"] is False
    assert command.params["objectGroup"] == "g"


@pytest.mark.parametrize(
    ("answer", "evaluation"),
    [
        ({"type": "number", "value": 3}, Evaluation(value=3)),
        ({"type": "object", "value": {"a": [1]}}, Evaluation(value={"a": [1]})),
        ({"type": "boolean", "value": False}, Evaluation(value=False)),
        ({"type": "object", "subtype": "null", "value": None}, Evaluation()),
        ({"type": "undefined"}, Evaluation()),
        (
            {"type": "object", "className": "Map", "objectId": "17"},
            Evaluation(remote=_REMOTE),
        ),
        (
            {"type": "object", "objectId": "5"},
            Evaluation(remote=RemoteObject(object_id="5", class_name="")),
        ),
    ],
)
def test_an_evaluation_is_a_value_or_a_handle(
    answer: Mapping[str, object], evaluation: Evaluation
) -> None:
    assert messages.evaluate("x").parse({"result": answer}) == evaluation


@pytest.mark.parametrize(
    ("details", "thrown"),
    [
        (
            {
                "text": "Uncaught",
                "exception": {"description": "TypeError: x is not a function\n  at y"},
            },
            "TypeError: x is not a function\n  at y",
        ),
        ({"text": "Uncaught", "exception": {"value": "a thrown string"}}, "a thrown s"),
        ({"text": "Uncaught", "exception": {"value": 17}}, "17"),
        ({"text": "Uncaught SyntaxError"}, "Uncaught SyntaxError"),
        ({}, "unknown"),
    ],
)
def test_what_a_script_threw_is_told_not_raised(
    details: Mapping[str, object], thrown: str
) -> None:
    result = {"result": {"type": "object", "value": 1}, "exceptionDetails": details}
    evaluation = messages.evaluate("x").parse(result)
    assert evaluation.thrown is not None
    assert evaluation.thrown.startswith(thrown)
    assert (evaluation.value, evaluation.remote) == (None, None)


def test_queried_objects_come_as_one_handle() -> None:
    command = messages.query_objects(_REMOTE, group="g")
    answer = {"objects": {"type": "object", "className": "Array", "objectId": "18"}}
    assert command.parse(answer) == Evaluation(remote=_OTHER)


def test_a_live_object_s_heap_id_is_a_number() -> None:
    command = messages.get_heap_object_id(_REMOTE)
    assert command.parse({"heapSnapshotObjectId": "4711"}) == 4711


def test_commands_without_an_answer_ignore_it() -> None:
    for command in (messages.collect_garbage(), messages.take_heap_snapshot()):
        command.parse({"unexpected": 1})


def test_the_text_of_a_script_is_asked_for_by_its_id() -> None:
    command = messages.get_script_source("42")
    assert command.params == {"scriptId": "42"}
    assert command.parse({"scriptSource": "let a;"}) == "let a;"
