"""The JSON Schema of ``contract.yaml``, made from the types, so that editors complete and explain."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from outcomes.contract import clauses, terms
from outcomes.contract.terms import ContractTerms

__all__ = ["contract_schema"]


def contract_schema() -> dict[str, Any]:
    """The schema of a contract file: every key, its form, and what it means.

    Descriptions are the docstrings of the terms. YAML numbers and text are one to the
    reader of contracts, which keeps what was typed; the schema allows either.
    """
    schema = TypeAdapter(ContractTerms).json_schema(by_alias=True)
    definitions = {**schema.get("$defs", {}), "ContractTerms": schema}
    for kind in _terms():
        if kind.__name__ in definitions:
            definitions[kind.__name__]["description"] = " ".join((inspect.getdoc(kind) or "").split())
    _as_typed(schema)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "An outcomes contract"
    return schema


def _terms() -> Iterator[type]:
    for module in (clauses, terms):
        yield from (kind for kind in vars(module).values() if dataclasses.is_dataclass(kind) and isinstance(kind, type))


def _as_typed(part: Any) -> None:
    """What YAML reads as a number or a date where the contract keeps text, and no key for nothing."""
    if isinstance(part, list):
        for item in part:
            _as_typed(item)
    if not isinstance(part, dict):
        return
    if part.get("const") == "1" or part.get("enum") == ["1"]:
        part.clear()
        part["enum"] = [1, "1"]
    part.pop("discriminator", None)
    if part.get("anyOf", [])[1:] == [{"type": "null"}]:
        arm = part.pop("anyOf")[0]
        part.update({key: value for key, value in arm.items() if key not in part})
    if part.get("default", 0) is None:
        part.pop("default")
    for item in part.values():
        _as_typed(item)
