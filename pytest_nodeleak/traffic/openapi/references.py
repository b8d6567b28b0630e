"""Documents that refer to parts of themselves and of files beside them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

import yaml

from pytest_nodeleak.load.plan import JsonValue

__all__ = ["Node", "References", "UnreadableDocument", "mapping", "sequence"]

Node: TypeAlias = dict[str, JsonValue]

# V8 would not follow a longer chain either: it is a circle.
_LONGEST_CHAIN = 50
# An alias of YAML may hold itself, and a few of them more than there is memory for.
_DEEPEST, _MOST_VALUES = 200, 2_000_000
_INDEX = re.compile("[0-9]{1,9}")


class UnreadableDocument(ValueError):
    """A document or a reference of it cannot be read; the text says what was expected."""


def mapping(value: JsonValue) -> Node:
    """Return a JSON object as it is, and anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: JsonValue) -> list[JsonValue]:
    """Return a JSON array as it is, and anything else as an empty one."""
    return value if isinstance(value, list) else []


class References:
    """Reads documents and follows references, each file being read once.

    Attributes:
        root: The document itself.

    Raises:
        UnreadableDocument: If the document is no JSON or YAML object.

    """

    def __init__(self, path: Path) -> None:
        self._documents: dict[Path, JsonValue] = {}
        self.root = mapping(self._read(path.resolve()))
        if not self.root:
            msg = "an OpenAPI document (a JSON or YAML object)"
            raise UnreadableDocument(msg)

    def follow(self, value: JsonValue) -> Node:
        """Return what an object is or refers to; what stands beside a reference counts.

        Raises:
            UnreadableDocument: If it refers to nothing.

        """
        node = mapping(value)
        for _ in range(_LONGEST_CHAIN):
            target = node.get("$ref")
            if not isinstance(target, str):
                return node
            beside = {key: each for key, each in node.items() if key != "$ref"}
            node = {**self._at(target), **beside}
        msg = f"free of references that go round in circles such as {target!r}"
        raise UnreadableDocument(msg)

    def _at(self, target: str) -> Node:
        # Made absolute when the file was read.
        name, _, pointer = target.partition("#")
        if "://" in name:
            msg = f"free of references to other machines such as {target!r}; bundle it"
            raise UnreadableDocument(msg)
        found = self._read(Path(name))
        for part in filter(None, pointer.split("/")):
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            if (
                isinstance(found, list)
                and _INDEX.fullmatch(key)
                and int(key) < len(found)
            ):
                found = found[int(key)]
            elif isinstance(found, dict) and key in found:
                found = found[key]
            else:
                msg = f"complete: {target!r} refers to nothing"
                raise UnreadableDocument(msg)
        return mapping(found)

    def _read(self, path: Path) -> JsonValue:
        if path not in self._documents:
            self._documents[path] = _Absolute(path).of(_parse(path))
        return self._documents[path]


def _parse(path: Path) -> JsonValue:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        msg = f"a readable file: {exc}"
        raise UnreadableDocument(msg) from exc
    try:
        # A date is a text in JSON, and in what is generated from it.
        parsed: JsonValue = (
            json.loads(text)
            if text.lstrip().startswith("{")
            else yaml.load(text, Loader=_TextLoader)  # noqa: S506  # a safe loader
        )
    except (ValueError, RecursionError, yaml.YAMLError) as exc:
        msg = f"JSON or YAML: {' '.join(str(exc).split())}"
        raise UnreadableDocument(msg) from exc
    return parsed


class _TextLoader(yaml.SafeLoader):
    """Reads YAML as JSON has it: dates stay texts."""

    yaml_implicit_resolvers = {
        first: [
            (tag, pattern)
            for tag, pattern in resolvers
            if tag != "tag:yaml.org,2002:timestamp"
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _file(path: Path, name: str) -> Path:
    try:
        return (path.parent / name).resolve() if name else path
    except ValueError as exc:
        msg = (
            f"free of references to what is no name of a file, such as {name!r}: {exc}"
        )
        raise UnreadableDocument(msg) from exc


class _Absolute:
    """Copies a document; in the copy references name their file, and keys are texts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values = 0

    def of(self, value: JsonValue, depth: int = 0) -> JsonValue:
        """Return the copy of a part of the document.

        Raises:
            UnreadableDocument: If there is no end to it.

        """
        self._values += 1
        if depth > _DEEPEST or self._values > _MOST_VALUES:
            msg = (
                f"of at most {_DEEPEST} levels and at most {_MOST_VALUES:,} values,"
                " each alias being counted as what it stands for"
            )
            raise UnreadableDocument(msg)
        if isinstance(value, list):
            return [self.of(one, depth + 1) for one in value]
        if not isinstance(value, dict):
            return value
        found: Node = {str(key): self.of(one, depth + 1) for key, one in value.items()}
        target = found.get("$ref")
        if isinstance(target, str) and "://" not in target:
            name, _, pointer = target.partition("#")
            found["$ref"] = f"{_file(self._path, unquote(name))}#{pointer}"
        return found
