"""YAML with positions: text in, a `Document` out whose every node knows its line.

The reader keeps every scalar as the text that was typed, so that ``4000.10`` stays
4000.10, ``NO`` stays NO and ``012`` is not ten.  What YAML allows and a contract must
not hold is refused here with its place: duplicate keys, anchors and aliases, tags,
merge keys, several documents, deep nesting, files that are too large.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from outcomes.errors import InputError, Problem

__all__ = ["Document", "Node", "Path_", "parse_document", "read_document", "read_text"]

MOST_BYTES = 2_000_000
DEEPEST = 40
MOST_NODES = 200_000

Path_ = tuple[str | int, ...]
"""A way from the root to a node: keys and list positions."""


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a document and where it stands.

    Attributes
    ----------
    value : str, dict of str to Node, list of Node, or None where nothing was written
    line, column : int
        Of the value, from 1.
    key_line, key_column : int
        Of its key where it has one; else of the value.
    """

    value: str | dict[str, Node] | list[Node] | None
    line: int
    column: int
    key_line: int
    key_column: int


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: its name as the user knows it, its text and its root node."""

    name: str
    text: str
    root: Node

    def plain(self) -> object:
        """The document as dicts, lists and text."""
        return _plain(self.root)

    def find(self, path: Path_) -> Node:
        """The deepest node that exists along `path`; steps that do not exist are skipped."""
        node = self.root
        for step in path:
            if isinstance(node.value, dict) and step in node.value:
                node = node.value[str(step)]
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
        return node

    def where(self, path: Path_, at_key: bool = False) -> str:
        """``contract.yaml:41:12 payments[1].when[0]`` for a path."""
        node = self.find(path)
        line, column = (node.key_line, node.key_column) if at_key else (node.line, node.column)
        shown = show_path(path)
        return f"{self.name}:{line}:{column} {shown}" if shown else f"{self.name}:{line}:{column}"


def show_path(path: Path_) -> str:
    """``payments[1].when[0]``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else (f".{step}" if text else step)
    return text


def read_text(path: Path, name: str) -> str:
    """The text of a UTF-8 file, without its byte order mark.

    Raises
    ------
    InputError
        Missing, not a regular file, too large, or not UTF-8.
    """
    if not path.exists():
        raise InputError(Problem("file-missing", name, "there is no such file.", "Check the path."))
    if not path.is_file():
        raise InputError(Problem("not-a-file", name, "this is not a regular file.", "Name a file."))
    if path.stat().st_size > MOST_BYTES:
        raise InputError(Problem("too-large", name, f"the file has over {MOST_BYTES:,} bytes."))
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(
            Problem(
                "not-utf-8", f"{name}:{line}", f"byte {error.start + 1} is not UTF-8 text.", "Save the file as UTF-8."
            )
        ) from None
    return text


def read_document(path: Path, name: str | None = None) -> Document:
    """The YAML file at `path`; `name` is how problems call it.

    Raises
    ------
    InputError
        With every fault that can be found in one pass.
    """
    shown = name or path.name
    return parse_document(read_text(path, shown), shown)


def parse_document(text: str, name: str) -> Document:
    """The document in `text` (see `read_document`)."""
    _refuse_hidden(text, name)
    try:
        _refuse_constructs(text, name)
        roots = list(yaml.compose_all(text, Loader=yaml.BaseLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        detail = error.problem or "it cannot be read."
        hint = (
            "YAML is indented with spaces, not tabs."
            if "\\t" in detail
            else "Check the indentation, colons and quotes on and above this line."
        )
        raise InputError(Problem("not-yaml", place, f"this is not YAML: {detail}.", hint)) from None
    except yaml.YAMLError as error:
        raise InputError(Problem("not-yaml", name, f"this is not YAML: {str(error).splitlines()[0]}.")) from None
    if len(roots) != 1 or roots[0] is None:
        what = (
            "the file is empty."
            if not roots or roots[0] is None
            else f"the file holds {len(roots)} documents, not one."
        )
        raise InputError(Problem("one-document", f"{name}:1:1", what, "Keep one document in a file."))
    problems: list[Problem] = []
    root = _build(roots[0], name, (), problems, None)
    if problems:
        raise InputError(problems)
    return Document(name, text, root)


def _refuse_hidden(text: str, name: str) -> None:
    problems = []
    for number, line in enumerate(text.splitlines(), start=1):
        for column, mark in enumerate(line, start=1):
            if mark != "\t" and unicodedata.category(mark) in ("Cc", "Cf", "Cs", "Co"):
                message = f"the hidden character U+{ord(mark):04X} stands here."
                problems.append(Problem("hidden-character", f"{name}:{number}:{column}", message, "Delete it."))
                break
    if problems:
        raise InputError(problems)


def _refuse_constructs(text: str, name: str) -> None:
    """Anchors, aliases, tags and deep nesting, found on the event stream before anything is built."""
    problems: list[Problem] = []
    depth = nodes = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        mark = event.start_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        nodes += isinstance(event, yaml.NodeEvent)
        if isinstance(event, yaml.AliasEvent):
            problems.append(Problem("alias", place, f"*{event.anchor} is an alias.", "Write the words out in full."))
        elif isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            problems.append(Problem("anchor", place, f"&{event.anchor} is an anchor.", "Write the words out in full."))
        elif (tag := getattr(event, "tag", None)) is not None:
            problems.append(Problem("tag", place, f"the tag {tag} is not part of the language.", "Delete it."))
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            depth += 1
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            depth -= 1
        if depth > DEEPEST or nodes > MOST_NODES:
            what = f"nested more than {DEEPEST} deep" if depth > DEEPEST else f"over {MOST_NODES:,} values"
            problems.append(
                Problem("too-deep", place, f"the document is {what}.", "Contracts are flat: check the brackets.")
            )
            break
    if problems:
        raise InputError(problems)


def _build(node: yaml.Node, name: str, path: Path_, problems: list[Problem], key: yaml.Node | None) -> Node:
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    key_line, key_column = (key.start_mark.line + 1, key.start_mark.column + 1) if key else (line, column)
    value: str | dict[str, Node] | list[Node] | None
    if isinstance(node, yaml.MappingNode):
        value = dict(_pairs(node, name, path, problems))
    elif isinstance(node, yaml.SequenceNode):
        value = [_build(item, name, (*path, index), problems, None) for index, item in enumerate(node.value)]
    else:
        text = str(node.value)
        plain = getattr(node, "style", None) is None
        value = None if plain and text in ("", "~", "null", "Null", "NULL") else text
    return Node(value, line, column, key_line, key_column)


def _pairs(node: yaml.MappingNode, name: str, path: Path_, problems: list[Problem]) -> Iterator[tuple[str, Node]]:
    seen: dict[str, tuple[str, int]] = {}
    for key, item in node.value:
        place = f"{name}:{key.start_mark.line + 1}:{key.start_mark.column + 1} {show_path(path)}".rstrip()
        if not isinstance(key, yaml.ScalarNode):
            problems.append(Problem("key-not-text", place, "a key must be a word.", "Check the brackets."))
            continue
        text = str(key.value)
        alike = unicodedata.normalize("NFC", text).casefold()
        if text == "<<":
            problems.append(Problem("merge-key", place, "<< merges other mappings.", "Write the words out in full."))
        elif alike in seen:
            first, line = seen[alike]
            same = "the same key" if first == text else f'"{first}" but for case or accents'
            message = f'"{text}" stands twice: it is {same} as on line {line}.'
            problems.append(Problem("duplicate-key", place, message, "Keep one."))
        else:
            seen[alike] = (text, key.start_mark.line + 1)
            yield text, _build(item, name, (*path, text), problems, key)


def _plain(node: Node) -> object:
    if isinstance(node.value, dict):
        return {key: _plain(item) for key, item in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(item) for item in node.value]
    return node.value
