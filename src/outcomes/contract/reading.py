"""From a document to typed terms, with every problem at its line and in words.

pydantic finds the faults; this module says where they stand in the file, what was
expected and which key was probably meant.
"""

from __future__ import annotations

import dataclasses
import difflib
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import Tag, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from outcomes.document.yaml import Document, Node, Path_
from outcomes.errors import InputError, Problem

__all__ = ["nearest", "read_as"]

T = TypeVar("T")

_SHAPES = {
    "dict_type": "a mapping (key: value) is expected here.",
    "dataclass_type": "a mapping (key: value) is expected here.",
    "dataclass_exact_type": "a mapping (key: value) is expected here.",
    "tuple_type": "a list is expected here.",
    "list_type": "a list is expected here.",
}


def read_as(document: Document, wanted: type[T], added: Mapping[str, object] | None = None, at: Path_ = ()) -> T:
    """The document, or the part of it `at` a path, as an object of type `wanted`.

    Parameters
    ----------
    document : Document
    wanted : type
        A dataclass whose fields are the keys that are allowed.
    added : mapping, optional
        Values that do not stand in the mapping itself, such as the key it stands under.
    at : path, optional

    Raises
    ------
    InputError
        With every problem found, each with file, line, column and path.
    """
    node = document.find(at)
    problems = list(_nothing_written(document, node, at))
    value = _typed(node)
    if isinstance(value, dict) and added:
        value = {**value, **added}
    try:
        read = TypeAdapter(wanted).validate_python(value)
    except ValidationError as error:
        # What stands empty is said once, whatever else may be wrong with nothing.
        empty = {problem.where.partition(" ")[2] for problem in problems}
        found = [_problem(details, document, wanted, at) for details in error.errors()]
        problems += [problem for problem in found if problem.where.partition(" ")[2] not in empty]
        raise InputError(problems) from None
    if problems:
        raise InputError(problems)
    return read


def nearest(word: str, known: list[str]) -> str:
    """A hint that names what was probably meant, or what is known."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f'Did you mean "{close[0]}"?'
    listed = ", ".join(sorted(known))
    return f"Known here: {listed}." if 0 < len(listed) <= 300 else ""


def _typed(node: Node) -> object:
    if isinstance(node.value, dict):
        return {key: _typed(item) for key, item in node.value.items()}
    if isinstance(node.value, list):
        return [_typed(item) for item in node.value]
    return node.value if node.value is not None else ""


def _nothing_written(document: Document, node: Node, path: Path_) -> Iterator[Problem]:
    """A key with nothing behind it is a slip, not a way of leaving the key out."""
    if node.value is None:
        split = path and str(path[-1]).isdigit() and not isinstance(path[-1], int)
        hint = "A comma splits a number: write it without." if split else "Write the value, or leave the key out."
        yield Problem("empty", document.where(path), "nothing is written here.", hint)
    items = (
        node.value.items()
        if isinstance(node.value, dict)
        else enumerate(node.value)
        if isinstance(node.value, list)
        else ()
    )
    for step, item in items:
        yield from _nothing_written(document, item, (*path, step))


def _problem(details: ErrorDetails, document: Document, wanted: type, at: Path_) -> Problem:
    kind = details["type"]
    steps = [step for step in details["loc"] if not str(step).startswith("#")]
    if kind in ("missing", "missing_keyword_only_argument"):
        where = document.where((*at, *steps[:-1]))
        if isinstance(steps[-1], int):
            return Problem("shape", where, f"the list is too short: {steps[-1] + 1} values belong here.", "Add one.")
        return Problem("key-missing", where, f'the key "{steps[-1]}" is missing.', "Add it.")
    if kind == "unexpected_keyword_argument":
        known = _keys(wanted, tuple(details["loc"][:-1]))
        where = document.where((*at, *steps), at_key=True)
        return Problem("key-unknown", where, f'"{steps[-1]}" is not a key here.', nearest(str(steps[-1]), known))
    where = document.where((*at, *steps))
    if kind == "outcomes":
        context = details.get("ctx", {})
        return Problem(str(context["code"]), where, str(context["message"]), str(context["hint"]))
    if kind == "literal_error":
        expected = str(details.get("ctx", {}).get("expected", ""))
        words = [word.strip("' ") for word in expected.replace(" or ", ",").split(",")]
        return Problem(
            "word-unknown",
            where,
            f'"{details["input"]}" is not one of {expected}.',
            nearest(str(details["input"]), words),
        )
    hint = ""
    if kind.startswith("dataclass") and (keys := _keys(wanted, tuple(details["loc"]))):
        hint = f"Its keys are: {', '.join(sorted(keys))}."
    return Problem("shape", where, _SHAPES.get(kind, f"{details['msg']}."), hint)


def _keys(wanted: Any, loc: tuple[int | str, ...]) -> list[str]:
    """The keys that the mapping at `loc` may have, found by walking the types."""
    tag = loc[0] if loc and str(loc[0]).startswith("#") else None
    rest = loc[1:] if tag else loc
    kind = _chosen(wanted, tag)
    if dataclasses.is_dataclass(kind):
        hints = {
            _alias(name, hint): hint
            for name, hint in get_type_hints(kind, include_extras=True).items()
            if not name.startswith("__")
        }
        return _keys(hints[str(rest[0])], rest[1:]) if rest else list(hints)
    return _keys(get_args(kind)[-1 if get_origin(kind) is dict else 0], rest[1:])


def _chosen(wanted: Any, tag: object) -> Any:
    """The type behind marks and unions: the arm that bears the tag, else the first, as in ``Price | None``."""
    while get_origin(wanted) in (Annotated, Union, types.UnionType):
        inner = get_args(wanted)
        if get_origin(wanted) is Annotated:
            wanted = inner[0]
        else:
            wanted = next((arm for arm in inner if _bears(arm, tag)), inner[0])
    return wanted


def _bears(arm: Any, tag: object) -> bool:
    return get_origin(arm) is Annotated and any(isinstance(mark, Tag) and mark.tag == tag for mark in get_args(arm)[1:])


def _alias(name: str, hint: Any) -> str:
    marks = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((mark.alias for mark in marks if isinstance(mark, FieldInfo) and mark.alias), name)
