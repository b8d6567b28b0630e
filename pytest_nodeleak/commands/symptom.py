"""One line of ``doctor``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["State", "Symptom", "fails", "fine", "warn"]

State: TypeAlias = Literal["ok", "warn", "fails"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """What was looked at, and how it is.

    Attributes:
        name: What, e.g. ``"inspector"``.
        state: Whether it is as it should be; where it fails, no check can run.
        text: What was seen.
        consequence: What will not work because of it, and what to do; empty if nothing.

    """

    name: str
    state: State
    text: str
    consequence: str = ""


def fine(name: str, text: str) -> Symptom:
    """Return what is as it should be."""
    return Symptom(name=name, state="ok", text=text)


def warn(name: str, text: str, consequence: str) -> Symptom:
    """Return what makes something not work, or less well."""
    return Symptom(name=name, state="warn", text=text, consequence=consequence)


def fails(name: str, text: str, consequence: str) -> Symptom:
    """Return what makes all checks impossible."""
    return Symptom(name=name, state="fails", text=text, consequence=consequence)
