from __future__ import annotations

import sys

import pytest

from pytest_nodeleak.outputs.otlp_target import otlp_target


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("http://localhost:4318", "http://localhost:4318/v1/metrics"),
        ("https://otlp.example.com/", "https://otlp.example.com/v1/metrics"),
        ("https://example.com/otlp", "https://example.com/otlp/v1/metrics"),
        ("http://[::1]:4318/v1/metrics", "http://[::1]:4318/v1/metrics"),
        ("env", "env"),
    ],
)
def test_metrics_go_to_their_path_below_an_address(text: str, target: str) -> None:
    assert otlp_target(text) == target


@pytest.mark.parametrize(
    "text", ["localhost:4318", "grpc://localhost:4317", "http://", "http://a:99999", ""]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the URL of an OTLP receiver such as"):
        otlp_target(text)


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ValueError, match=r"pip install 'pytest-nodeleak\[otlp\]'"):
        otlp_target("http://localhost:4318")
