"""A room imports only from the rooms above it in ARCHITECTURE.md; nothing imports the command line."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "outcomes"
ROOMS = re.findall(r"^```rooms\n(.*?)^```$", (ROOT / "ARCHITECTURE.md").read_text("utf-8"), re.S | re.M)[0].split()


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a module imports, wherever the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def offence(room: str, name: str) -> str | None:
    """Why `room` may not import `name`; None where it may."""
    top, _, rest = name.partition(".")
    target = rest.partition(".")[0]
    if name.startswith("."):
        return "is relative: write it in full"
    if top == "outcomes_cli":
        return "is the command line, which nothing imports"
    if top != "outcomes" or target in (room, "__version__"):
        return None
    if target not in ROOMS:
        return "is no room of ARCHITECTURE.md"
    return None if ROOMS.index(target) < ROOMS.index(room) else f"is not above {room}"


def test_a_room_imports_only_from_the_rooms_above_it() -> None:
    offences = []
    for file in sorted(SOURCE.rglob("*.py")):
        room = file.relative_to(SOURCE).parts[0].removesuffix(".py")
        if room == "__init__":  # the public names, loaded when asked for
            continue
        assert room in ROOMS, f"{file.relative_to(ROOT)}: {room} is no room of ARCHITECTURE.md"
        for line, name in imported(ast.parse(file.read_text("utf-8"))):
            if why := offence(room, name):
                offences.append(f"{file.relative_to(ROOT)}:{line} imports {name}, which {why}")
    assert not offences, "\n" + "\n".join(offences)


def test_every_room_has_its_line_in_the_table() -> None:
    table = re.findall(r"^\| `(\w+)` \| \S", (ROOT / "ARCHITECTURE.md").read_text("utf-8"), re.M)
    assert table == ROOMS


def test_an_offending_import_is_found() -> None:
    tree = ast.parse(
        "from outcomes import report, __version__\nimport outcomes_cli.main\nfrom outcomes.money import Money"
    )
    assert [line for line, name in imported(tree) if offence("payment", name)] == [1, 2]
