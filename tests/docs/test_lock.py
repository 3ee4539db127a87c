"""The pinned stack is in step: pyproject.toml's constraints, requirements.lock, and what is installed."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PINS: list[str] = PROJECT["tool"]["uv"]["constraint-dependencies"]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
LOCKED = re.findall(r"^([a-z0-9][^\\\n]*?) *\\?$", LOCK, re.M)
PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.]+)(?: ; [^;@]+)?")


def name_of(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()  # type: ignore[index]


def test_every_pin_is_exact() -> None:
    loose = [line for line in PINS + LOCKED if not PIN.fullmatch(line)]
    assert not loose


def test_the_lock_holds_the_same_versions_as_the_constraints() -> None:
    assert LOCKED
    differ = [line for line in LOCKED if line not in PINS]
    assert not differ, f"run `make lock`: not among the constraints: {differ}"


def test_nothing_that_a_user_needs_is_missing_from_the_lock() -> None:
    needed = {name_of(line) for line in PROJECT["project"]["dependencies"]}
    assert needed <= {name_of(line) for line in LOCKED}, "run `make lock`"


def test_nothing_that_a_developer_needs_is_missing_from_the_constraints() -> None:
    needed = {name_of(line) for line in PROJECT["dependency-groups"]["dev"]}
    assert needed <= {name_of(line) for line in PINS}, "run `make lock`"


def test_every_package_of_the_lock_has_a_hash_and_none_an_address() -> None:
    assert len(re.findall(r"^\S[^\n]*\\\n    --hash=sha256:[0-9a-f]{64}", LOCK, re.M)) == len(LOCKED)
    assert "://" not in LOCK + "".join(PINS)


def test_what_is_installed_is_what_is_pinned() -> None:
    pinned: dict[str, set[str]] = {}
    for line in PINS:
        found = PIN.fullmatch(line)
        assert found is not None
        pinned.setdefault(found["name"], set()).add(found["version"])
    installed = {name_of(one.metadata["Name"]): one.version for one in distributions()}
    other = {name: version for name, version in installed.items() if version not in pinned.get(name, {version})}
    assert not other, f"run `uv sync`: {other}"
