"""Workbooks that must not be read, each with the words that say why."""

# ruff: noqa: E501
from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest

from outcomes.document import xlsx
from outcomes.document.xlsx import read_sheet
from outcomes.errors import InputError
from tests.unit.document.workbook import HEAD, MAIN, Raw, one_sheet, sheet_xml, workbook, zipped

GOOD = {"Rates": sheet_xml([["outcome", "price"], ["home", 220]])}


def flagged() -> bytes:
    """An archive whose entries say that they are encrypted."""
    data = bytearray(zipped(workbook(GOOD)))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)


def twice() -> bytes:
    """An archive that holds one part twice."""
    stream = BytesIO()
    parts = workbook(GOOD)
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("xl/worksheets/sheet1.xml", b"<other/>")
    return stream.getvalue()


def formula(text: str) -> Raw:
    return Raw(f'<c r="{{at}}"><f>{text}</f><v>3</v></c>')


BOMB = f'{HEAD}<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet xmlns="{MAIN}"><sheetData/></worksheet>'
FAR = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c><c r="A1"><v>1</v></c></row></sheetData></worksheet>'
PREFIXED = f'{HEAD}<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1"><x:f>1+1</x:f><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>'
UNPLACED = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>'

CASES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "csv named xlsx": (lambda: b"outcome,title,price\n", "not-xlsx", "not an Excel workbook"),
    "empty file": (lambda: b"", "not-xlsx", "not an Excel workbook"),
    "old or with a password": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500,
        "workbook-locked",
        "password",
    ),
    "encrypted archive": (flagged, "workbook-locked", "password"),
    "another archive": (lambda: zipped({"a.txt": b"a"}), "not-xlsx", "zip archive"),
    "cut short": (lambda: zipped(workbook(GOOD))[:-40], "not-xlsx", "damaged"),
    "one part twice": (twice, "too-large", "twice"),
    "too many parts": (lambda: zipped(workbook(GOOD) | {f"m/{n}": b"" for n in range(2100)}), "too-large", "parts"),
    "grows too much": (lambda: zipped(workbook(GOOD) | {"xl/big.xml": b" " * 5_000_000}), "too-large", "200 times"),
    "grows past the limit": (
        lambda: zipped(workbook(GOOD) | {f"xl/media/{n}.png": b" " * 999_999 for n in range(210)}),
        "too-large",
        "bytes",
    ),
    "link to a workbook": (
        lambda: zipped(workbook(GOOD, extra={"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})),
        "external-link",
        "somewhere else",
    ),
    "entities": (lambda: zipped(workbook({"Rates": BOMB})), "not-xlsx", "document type"),
    "XML that does not end": (lambda: zipped(workbook({"Rates": "<worksheet><sheetData>"})), "not-xlsx", "damaged"),
    "hidden sheet": (lambda: zipped(workbook(GOOD | {"Old": sheet_xml([])}, hidden=["Old"])), "hidden-sheet", "'Old'"),
    "two sheets": (lambda: zipped(workbook(GOOD | {"More": sheet_xml([])})), "which-sheet", "'Rates', 'More'"),
    "formula": (lambda: one_sheet([["price"], [formula("100+120")]]), "formula", "A2"),
    "formula under a prefix": (lambda: zipped(workbook({"Rates": PREFIXED})), "formula", "A1"),
    "error": (lambda: one_sheet([[Raw('<c r="{at}" t="e"><v>#N/A</v></c>')]]), "error-cell", "A1"),
    "merged cells": (
        lambda: one_sheet([["a", "b"]], '<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>'),
        "merged-cells",
        "A1:B1",
    ),
    "a cell far out": (lambda: zipped(workbook({"Rates": FAR})), "too-large", "1,048,576"),
    "a cell without place": (lambda: zipped(workbook({"Rates": UNPLACED})), "not-xlsx", "where it stands"),
}


@pytest.mark.parametrize("name", CASES)
def test_refused_with_words(name: str, tmp_path: Path) -> None:
    make, code, words = CASES[name]
    (tmp_path / "book.xlsx").write_bytes(make())
    with pytest.raises(InputError) as caught:
        read_sheet(tmp_path / "book.xlsx", "book.xlsx")
    assert [problem.code for problem in caught.value.problems] == [code]
    assert words in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_every_fault_of_a_sheet_at_once_and_a_long_list_is_cut(tmp_path: Path) -> None:
    rows = [[formula("1")] for _ in range(8)] + [[Raw('<c r="{at}" t="e"><v>#REF!</v></c>')]]
    (tmp_path / "book.xlsx").write_bytes(one_sheet(rows))
    with pytest.raises(InputError) as caught:
        read_sheet(tmp_path / "book.xlsx", "book.xlsx")
    assert [problem.code for problem in caught.value.problems] == ["formula", "error-cell"]
    assert "A1, A2, A3, A4, A5 and 3 more" in str(caught.value)


def test_a_file_that_is_not_there_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_sheet(tmp_path / "book.xlsx", "book.xlsx")
    (tmp_path / "book.xlsx").write_bytes(zipped(workbook(GOOD)))
    with pytest.raises(InputError, match="sheet-missing"):
        read_sheet(tmp_path / "book.xlsx", "book.xlsx", "Prices")
    monkeypatch.setattr(xlsx, "MOST_BYTES", 100)
    with pytest.raises(InputError, match="too-large"):
        read_sheet(tmp_path / "book.xlsx", "book.xlsx")


def test_a_spoiled_workbook_is_read_or_refused_and_never_breaks(tmp_path: Path) -> None:
    """Bytes changed inside the parts, where the archive's own check does not see it."""
    chance = random.Random(1)
    for _ in range(300):
        parts = workbook(GOOD)
        name = chance.choice(list(parts))
        data = bytearray(parts[name])
        for _ in range(chance.randint(1, 4)):
            mark = chance.choice([*b'0123456789<>/"=AZ', chance.randrange(256)])
            data[chance.randrange(len(data))] = mark
        (tmp_path / "book.xlsx").write_bytes(zipped(parts | {name: bytes(data)}))
        with suppress(InputError):
            read_sheet(tmp_path / "book.xlsx", "book.xlsx")
