"""The JSON Schema is in step with the types, holds for the shipped contracts, and catches a slip."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from outcomes.contract.schema import contract_schema
from outcomes.document.yaml import read_document
from outcomes.units import parse_amount

ROOT = Path(__file__).parents[3]
FILE = ROOT / "contracts" / "contract.schema.json"
SHIPPED = sorted([*ROOT.glob("contracts/*/contract.yaml"), *ROOT.glob("examples/*/contract.yaml")])
KNOWN = {"$ref", "$defs", "$schema", "title", "description", "default", "type", "properties", "required", "enum",
         "const", "additionalProperties", "items", "anyOf", "oneOf", "pattern", "minimum", "prefixItems", "minItems",
         "maxItems", "propertyNames", "patternProperties"}  # fmt: skip


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any], path: str = "") -> list[str]:
    """What does not fit the schema; a plain reading of the keywords that the schema uses."""
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    if "$ref" in schema:
        return faults(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, path)
    found = []
    for key in ("anyOf", "oneOf"):
        fitting = sum(not faults(value, arm, root, path) for arm in schema.get(key, ()))
        if key in schema and (fitting == 0 or (key == "oneOf" and fitting > 1)):
            found.append(f"{path}: {fitting} forms fit")
    kinds = schema.get("type", [])
    if kinds and not any(_is(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        return [*found, f"{path}: not {kinds}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path}: not one of {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{path}: not {schema['const']}")
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        found.append(f"{path}: not like {schema['pattern']}")
    if isinstance(value, list):
        found += [
            fault
            for i, item in enumerate(value)
            for fault in faults(item, schema.get("items", {}), root, f"{path}[{i}]")
        ]
    if isinstance(value, dict):
        found += [f"{path}.{key}: missing" for key in schema.get("required", ()) if key not in value]
        for key, item in value.items():
            named = [one for like, one in schema.get("patternProperties", {}).items() if re.search(like, key)]
            inner = schema.get("properties", {}).get(key, named[0] if named else schema.get("additionalProperties", {}))
            found += [f"{path}.{key}: unknown"] if inner is False else faults(item, inner or {}, root, f"{path}.{key}")
    return found


def _is(value: Any, kind: str) -> bool:
    number = isinstance(value, str) and parse_amount(value) is not None
    return {
        "string": isinstance(value, str),
        "number": number,
        "integer": number and str(value).isdigit(),
        "boolean": value in ("true", "false"),
        "object": isinstance(value, dict),
        "array": isinstance(value, list),
        "null": False,
    }[kind]


def test_the_schema_file_is_in_step_with_the_types() -> None:
    wanted = json.dumps(contract_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    assert FILE.read_text("utf-8") == wanted, "write contracts/contract.schema.json anew from contract_schema()"


@pytest.mark.parametrize("contract", SHIPPED, ids=lambda path: path.parent.name)
def test_shipped_contracts_fit_the_schema(contract: Path) -> None:
    schema = contract_schema()
    assert faults(read_document(contract).plain(), schema, schema) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("currency: GBP", "curency: GBP"),
        ("half-up", "up"),
        ("id: hmp-doncaster", "id: ../x"),
        ("10000000", "ten million"),
        ("first", "last"),
        ("payments:", "payment:"),
        ("share: 10 %", "share: 10"),
    ],
)
def test_a_slip_does_not_fit(old: str, new: str, tmp_path: Path) -> None:
    text = (ROOT / "contracts" / "hmp-doncaster" / "contract.yaml").read_text("utf-8")
    assert old in text
    (tmp_path / "contract.yaml").write_text(text.replace(old, new), "utf-8")
    schema = contract_schema()
    assert faults(read_document(tmp_path / "contract.yaml").plain(), schema, schema)


def test_every_mapping_says_what_it_is_and_refuses_keys_that_it_does_not_know() -> None:
    for name, definition in contract_schema()["$defs"].items():
        assert definition["description"], name
        assert definition["additionalProperties"] is False, name
