from __future__ import annotations

from pytest_nodeleak.cdp.workers import disable_workers, enable_workers, send_to_worker


def test_workers_do_not_wait_for_a_debugger() -> None:
    assert enable_workers().params == {"waitForDebuggerOnStart": False}
    assert disable_workers().method == "NodeWorker.disable"


def test_a_message_for_a_worker_travels_inside_one_of_the_main_session() -> None:
    command = send_to_worker("3", '{"id": 1}')
    assert command.method == "NodeWorker.sendMessageToWorker"
    assert command.params == {"sessionId": "3", "message": '{"id": 1}'}
    assert command.parse({}) is None
