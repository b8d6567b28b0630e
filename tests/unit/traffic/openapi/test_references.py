from __future__ import annotations

from pathlib import Path

import pytest

from pytest_nodeleak.traffic.openapi.references import (
    References,
    UnreadableDocument,
    mapping,
    sequence,
)

# A hundred million values in a kilobyte: each level has ten of the one before.
BOMB = "\n".join(
    [
        "0: &0 [x]",
        *(f"{n}: &{n} [{', '.join([f'*{n - 1}'] * 10)}]" for n in range(1, 9)),
    ]
)


def write(directory: Path, text: str, name: str = "openapi.yaml") -> Path:
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_reference_is_followed_to_its_end(tmp_path: Path) -> None:
    text = """
a: {$ref: '#/b/x~1y/0'}
b: {x/y: [{$ref: '#/c'}]}
c: {type: string}
"""
    references = References(write(tmp_path, text))

    assert references.follow(references.root["a"]) == {"type": "string"}


def test_what_stands_beside_a_reference_counts(tmp_path: Path) -> None:
    references = References(write(tmp_path, "a: {type: string, title: A}"))

    followed = references.follow({"$ref": f"{tmp_path}/openapi.yaml#/a", "title": "B"})

    assert followed == {"type": "string", "title": "B"}


def test_references_lead_to_files_beside_and_back(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    write(tmp_path, "pet: {$ref: '../openapi.yaml#/animal'}", "schemas/pet.yaml")
    text = "a: {$ref: 'schemas/pet.yaml#/pet'}\nanimal: {type: object}"
    references = References(write(tmp_path, text))

    assert references.follow(references.root["a"]) == {"type": "object"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: {$ref: '#/b'}", "refers to nothing"),
        ("a: {$ref: '#/a'}", "go round in circles"),
        ("a: {$ref: 'https://example.com/a.yaml#/b'}", "to other machines"),
        ("a: {$ref: 'missing.yaml#/b'}", "a readable file"),
    ],
)
def test_a_reference_that_cannot_be_followed_is_told(
    tmp_path: Path, text: str, problem: str
) -> None:
    references = References(write(tmp_path, text))

    with pytest.raises(UnreadableDocument, match=problem):
        references.follow(references.root["a"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[1, 2]", "an OpenAPI document"),
        ("{", "JSON or YAML"),
        ("a: [", "JSON or YAML"),
        ("", "an OpenAPI document"),
        ("{" * 100_000, "JSON or YAML"),
        ("[" * 10_000, "JSON or YAML"),
        ('{"a": ' + "9" * 5_000 + "}", "JSON or YAML"),
        ('{"a": {"$ref": "\\u0000"}}', "no name of a file"),
        ('{"a":' * 600 + "1" + "}" * 600, "at most 200 levels"),
        ("a: &a {b: *a}", "at most 200 levels"),
        (BOMB, "at most 2,000,000 values"),
    ],
    ids=lambda text: text[:30],
)
def test_a_file_that_is_no_object_is_told(
    tmp_path: Path, text: str, problem: str
) -> None:
    with pytest.raises(UnreadableDocument, match=problem):
        References(write(tmp_path, text))


def test_dates_in_yaml_stay_texts_and_statuses_become_ones(tmp_path: Path) -> None:
    references = References(write(tmp_path, "day: 2024-01-31\n200: {x: 1}"))

    assert references.root == {"day": "2024-01-31", "200": {"x": 1}}


def test_what_is_not_of_the_kind_expected_is_empty() -> None:
    assert (mapping([1]), sequence({"a": 1})) == ({}, [])
    assert (mapping({"a": 1}), sequence([1])) == ({"a": 1}, [1])
