from __future__ import annotations

from pathlib import Path

import pytest
from openapi_documents import operation

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.items.targets import OperationTarget, targets_of
from pytest_nodeleak.settings.settings import Settings
from pytest_nodeleak.settings.sweep import Sweep
from pytest_nodeleak.traffic.headers import Headers


def test_routes_come_before_operations() -> None:
    settings = Settings(
        cwd=Path(),
        routes=("GET /users/{n}",),
        sweep=Sweep(operations=(operation({}),)),
    )

    assert [target.name for target in targets_of(settings)] == [
        "GET /users/{n}",
        "GET /a",
    ]


def test_an_operation_that_no_request_can_be_made_for_is_told() -> None:
    parameter = {
        "name": "q",
        "in": "query",
        "required": True,
        "schema": {
            "type": "array",
            "uniqueItems": True,
            "minItems": 2,
            "items": {"const": 1},
        },
    }
    target = OperationTarget(
        operation=operation({"parameters": [parameter]}), headers=Headers()
    )

    with pytest.raises(InvalidSetting) as told:
        target.check(None)  # type: ignore[arg-type]  # it does not come so far

    assert str(told.value) == (
        "OpenAPI document: operation 'GET /a' is not one that values fit: of the schemas of"
        " GET /a one contradicts itself, or asks for what cannot be made up; give examples"
        " in the document"
    )
