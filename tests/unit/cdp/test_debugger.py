from __future__ import annotations

from pytest_nodeleak.cdp import debugger
from pytest_nodeleak.cdp.messages import RemoteObject


def test_a_breakpoint_is_put_on_a_function_with_a_condition_and_removed_by_its_id() -> (
    None
):
    function = RemoteObject(object_id="17", class_name="Function")
    command = debugger.set_breakpoint_on_call(function, condition="note(), false")

    assert command.method == "Debugger.setBreakpointOnFunctionCall"
    assert command.params == {"objectId": "17", "condition": "note(), false"}
    assert command.parse({"breakpointId": "7:1"}) == "7:1"
    assert debugger.remove_breakpoint("7:1").params == {"breakpointId": "7:1"}


def test_pauses_are_skipped() -> None:
    command = debugger.skip_all_pauses()

    assert command.method == "Debugger.setSkipAllPauses"
    assert command.params == {"skip": True}
    command.parse({})
