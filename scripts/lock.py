"""Writes the pinned stack: the constraint list in pyproject.toml and requirements.lock.

    uv run scripts/lock.py             after a change of dependencies
    uv run scripts/lock.py --upgrade   the newest versions that fit together

pyproject.toml pins every package for uv; requirements.lock pins what a user needs, with
hashes, for pip.  Neither names the address of a package index.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ROOT / "pyproject.toml"
LOCK = ROOT / "requirements.lock"
PINS = re.compile(r"^(constraint-dependencies = \[\n).*?^\]$", re.DOTALL | re.MULTILINE)
HEADER = """\
# What outcomes needs at run time, exactly, with hashes. Written by scripts/lock.py.
# python -m pip install --require-hashes -r requirements.lock && python -m pip install --no-deps .
"""


def uv(*words: str) -> str:
    """What `uv` prints."""
    return subprocess.run(["uv", *words], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def export(*words: str) -> str:
    """The resolved stack as requirement lines, without this project."""
    return uv("export", "--quiet", "--locked", "--no-emit-project", "--no-annotate", "--no-header", *words)


def write_pins(lines: list[str]) -> None:
    """Put `lines` into pyproject.toml as uv's constraint list."""
    quoted = "".join(f'  "{line}",\n' for line in lines)
    text, count = PINS.subn(lambda found: f"{found[1]}{quoted}]", PROJECT.read_text(encoding="utf-8"))
    if count != 1:
        raise SystemExit("pyproject.toml holds no list constraint-dependencies")
    PROJECT.write_text(text, encoding="utf-8")


def main(words: list[str]) -> None:
    """Resolve, then write both files."""
    if words not in ([], ["--upgrade"]):
        raise SystemExit(__doc__)
    if words:
        write_pins([])
    uv("lock", "--quiet", *words)
    write_pins(export("--all-groups", "--all-extras", "--no-hashes").splitlines())
    uv("lock", "--quiet")
    text = HEADER + export("--no-dev")
    if "://" in text:
        raise SystemExit("the resolved stack holds an address; nothing was written to requirements.lock")
    LOCK.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
