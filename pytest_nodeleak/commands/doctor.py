"""``doctor``: what of the checks will work on this machine."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterator

from pytest_nodeleak.commands.answer import Answer
from pytest_nodeleak.commands.asked import DoctorAsked
from pytest_nodeleak.commands.doctor_machine import machine_symptoms
from pytest_nodeleak.commands.doctor_nodejs import nodejs_symptoms
from pytest_nodeleak.commands.doctor_packages import package_symptoms
from pytest_nodeleak.commands.symptom import Symptom
from pytest_nodeleak.report.schema import SCHEMA

__all__ = ["doctor", "doctor_lines"]

_WIDTH = 92
_INDENT = 20


def doctor(asked: DoctorAsked) -> Answer:
    """Look at Node.js, the machine and the packages."""
    symptoms = [
        # The load of the CPU first: our own app is not to be part of it.
        *machine_symptoms(),
        *package_symptoms(),
        *nodejs_symptoms(asked.node),
    ]
    can_run = not any(one.state == "fails" for one in symptoms)
    return Answer(
        lines=doctor_lines(symptoms),
        record={
            "schema": SCHEMA,
            "command": "doctor",
            "can_run": can_run,
            "symptoms": [dataclasses.asdict(one) for one in symptoms],
        },
        status=0 if can_run else 1,
    )


def doctor_lines(symptoms: list[Symptom]) -> list[str]:
    """Return a line per symptom, what it means below it, and what follows from all."""
    return [
        *(line for one in symptoms for line in _lines(one)),
        "",
        _conclusion(symptoms),
    ]


def _lines(symptom: Symptom) -> Iterator[str]:
    head = f"{symptom.state:<6}{symptom.name:<14}"
    rest = filter(None, [symptom.text, symptom.consequence])
    for number, text in enumerate(rest):
        yield from textwrap.wrap(
            text,
            _WIDTH,
            initial_indent=" " * _INDENT if number else head,
            subsequent_indent=" " * _INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _conclusion(symptoms: list[Symptom]) -> str:
    failing = [one.name for one in symptoms if one.state == "fails"]
    if failing:
        return f"Checks cannot run here: see {', '.join(failing)}."
    warned = [one.name for one in symptoms if one.state == "warn"]
    if warned:
        names = ", ".join(warned)
        return f"Checks can run here; something is less than it could be: {names}."
    return "Checks can run here, and nothing stands in their way."
