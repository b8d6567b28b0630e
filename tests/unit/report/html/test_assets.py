"""The library that draws the charts, as it was published."""

from __future__ import annotations

from importlib import resources

VENDOR = resources.files("pytest_nodeleak.report.html") / "vendor"
VERSION = "1.6.32"


def test_the_library_is_of_the_version_that_is_named() -> None:
    script = (VENDOR / "uPlot.iife.min.js").read_text("utf-8")

    assert script.startswith(f"/*! https://github.com/leeoniya/uPlot (v{VERSION}) */")
    assert (VENDOR / "README.md").read_text("utf-8").startswith(f"# uPlot {VERSION}\n")


def test_its_licence_comes_with_it() -> None:
    assert (VENDOR / "LICENSE.uPlot").read_text("utf-8").startswith("The MIT License")


def test_nothing_in_it_ends_the_element_it_is_in() -> None:
    assert "</" not in (VENDOR / "uPlot.iife.min.js").read_text("utf-8")
    assert "</" not in (VENDOR / "uPlot.min.css").read_text("utf-8")
