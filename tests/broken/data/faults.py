"""Hostile and careless data files: what is delivered, and what the message must say.

Every file holds the identifiers in `CANARIES`; no message may hold one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.unit.records.delivery import HEADER, PEOPLE

CANARIES = ("KX-canary-1", "9007199254740993", "QQ123456C")
_ONE, _TWO, _THREE = CANARIES
GOOD = (
    f"{HEADER}{_ONE},served,2021-01-01,30,north\n{_TWO},other,2021-02-01,40,south\n{_THREE},other,2021-02-01,41,south\n"
)


@dataclass(frozen=True)
class Fault:
    """One fault: a code, words that the message holds, and where it stands."""

    name: str
    code: str
    words: str
    where: str
    people: str | bytes = GOOD
    data_yaml: str = PEOPLE
    others: dict[str, str | bytes] = field(default_factory=dict)


def _row(index: int, old: str, new: str) -> str:
    """`GOOD` with one cell of line `index` changed."""
    lines = GOOD.splitlines(keepends=True)
    assert old in lines[index - 1]
    lines[index - 1] = lines[index - 1].replace(old, new)
    return "".join(lines)


def _cell(name: str, code: str, words: str, where: str, old: str, new: str, data_yaml: str = PEOPLE) -> Fault:
    people = _row(3, old, new)
    if "day/month" in data_yaml:
        people = people.replace("2021-01-01", "01/01/2021").replace("2021-02-01", "01/02/2021")
    return Fault(name, code, words, where, people, data_yaml)


_DMY = PEOPLE.replace("dates: year-month-day", "dates: day/month/year")
_UNDECLARED = PEOPLE.replace("dates: year-month-day\n", "")
_AGE, _START = "people.csv:3:4 age", "people.csv:3:3 index_date"


def _files(name: str) -> str:
    return PEOPLE.replace("[people.csv]", f'["{name}"]')


FAULTS = (
    # the shape of the file
    Fault(
        "missing column",
        "column-missing",
        "Did you mean age",
        "people.csv:1",
        GOOD.replace("age", "aged", 1).replace("aged", "agee", 1),
    ),
    Fault("no header", "column-missing", "looks like data", "people.csv:1", GOOD.partition("\n")[2]),
    Fault("duplicate header", "duplicate-header", "columns 4 and 5", "people.csv:1:5", GOOD.replace("area", "age", 1)),
    Fault("short row", "short-row", "4 cells", "people.csv:3:5", _row(3, ",south", "")),
    Fault("long row", "long-row", "6 cells", "people.csv:2:6", _row(2, "north", "north,x")),
    Fault("long first row", "long-row", "6 cells", "people.csv:2:6", _row(2, f"{_ONE}", f"0,{_ONE}")),
    Fault("open quote", "open-quote", "not closed", "people.csv:3", _row(3, "other", '"other')),
    Fault("stray quote", "open-quote", "not closed", "people.csv:3", _row(3, "other", '"oth"er')),
    Fault(
        "open quote, long file",
        "cell-too-long",
        "quote",
        "people.csv:2",
        _row(2, "served", '"served') + GOOD.partition("\n")[2].replace('"', "") * 2000,
    ),
    Fault("NUL", "nul", "NUL", "people.csv:3:", _row(3, "south", "so\0uth")),
    Fault("semicolons", "separator", "separator: semicolon", "people.csv:1", GOOD.replace(",", ";")),
    Fault("tabs", "separator", "separator: tab", "people.csv:1", GOOD.replace(",", "\t")),
    Fault("latin-1", "not-utf-8", "UTF-8", "people.csv:3:", _row(3, "south", "süd").encode("latin-1")),
    Fault("utf-16", "not-csv", "UTF-16", "people.csv:1", GOOD.encode("utf-16")),
    Fault("workbook named csv", "not-csv", "workbook", "people.csv:1", b"PK\x03\x04" + bytes(100)),
    Fault("encrypted workbook", "not-csv", "encrypted", "people.csv:1", b"\xd0\xcf\x11\xe0\xa1\xb1" + bytes(100)),
    Fault("huge line", "line-too-long", "bytes", "people.csv:1", b"x" * 3_000_000),
    Fault("empty file", "empty", "empty", "people.csv:1", ""),
    Fault("blank first line", "empty", "empty", "people.csv:1", "\n" + GOOD),
    Fault("lone carriage returns", "line-ends", "carriage return", "people.csv:1", GOOD.replace("\n", "\r")),
    # cells
    _cell("no identifier", "empty-cell", "nothing is written", "people.csv:3:1 person", _TWO, ""),
    _cell("identifier with a space", "identifier", "space", "people.csv:3:1 person", _TWO, f"{_TWO} "),
    _cell("identifier with a no-break space", "identifier", "cannot be seen", "people.csv:3:1", _TWO, f"{_TWO}\u00a0x"),
    _cell(
        "identifier with a zero-width space", "identifier", "cannot be seen", "people.csv:3:1", _TWO, f"9\u200b{_TWO}"
    ),
    _cell(
        "identifier that was decoded wrongly", "identifier", "cannot be seen", "people.csv:3:1", _TWO, f"{_TWO}\ufffd"
    ),
    _cell("identifier in decomposed letters", "identifier", "cannot be seen", "people.csv:3:1", _TWO, f"{_TWO}e\u0301"),
    _cell("infinity", "not-a-number", "not a finite number", _AGE, ",40,", ",inf,"),
    _cell("NaN", "not-a-number", "not a finite number", _AGE, ",40,", ",NaN,"),
    _cell("too large a number", "not-a-number", "too large", _AGE, ",40,", ",1e400,"),
    _cell("decimal comma", "not-a-number", "comma", _AGE, ",40,", ',"1,5",'),
    _cell("currency sign", "not-a-number", "currency", _AGE, ",40,", ",£12,"),
    _cell("brackets", "not-a-number", "brackets", _AGE, ",40,", ",(5),"),
    _cell("NA as a number", "not-a-number", 'missing: ["NA"]', _AGE, ",40,", ",NA,"),
    _cell("underscore", "not-a-number", "not a number", _AGE, ",40,", ",1_000,"),
    _cell("hexadecimal", "not-a-number", "not a number", _AGE, ",40,", ",0x10,"),
    _cell("digits of another script", "not-a-number", "not a number", _AGE, ",40,", ",٤٠,"),
    _cell("an identifier where a number is due", "not-a-number", "not a number", _AGE, ",40,", f",{_ONE},"),
    _cell("ambiguous date", "date-ambiguous", "other way round", _START, "2021-02-01", "03/04/1975"),
    _cell(
        "ambiguous date, none declared",
        "date-ambiguous",
        "dates: day/month/year or",
        _START,
        "2021-02-01",
        "03/04/1975",
        _UNDECLARED,
    ),
    _cell("31 February", "date-does-not-exist", "no such day", _START, "2021-02-01", "2021-02-31"),
    _cell("29 February of a common year", "date-does-not-exist", "no such day", _START, "2021-02-01", "2021-02-29"),
    _cell("31/02", "date-does-not-exist", "no such day", _START, "2021-02-01", "31/02/2021", _DMY),
    _cell("month 13", "date-does-not-exist", "no such day", _START, "2021-02-01", "02/13/2021", _DMY),
    _cell("serial date", "date-serial", "serial number", _START, "2021-02-01", "45012"),
    _cell("two-digit year", "date-two-digit-year", "two digits", _START, "2021-02-01", "01/02/21", _DMY),
    _cell("a time behind the date", "date-with-time", "time of day", _START, "2021-02-01", "2021-02-01 00:00:00"),
    _cell("a word for a date", "not-a-date", "not a date", _START, "2021-02-01", "spring"),
    _cell("an identifier where a date is due", "not-a-date", "not a date", _START, "2021-02-01", _ONE),
    # which file
    Fault("path that climbs", "path-leaves", "leaves the folder", "data.yaml:5:13", data_yaml=_files("../people.csv")),
    Fault("absolute path", "path-leaves", "leaves the folder", "data.yaml:5:13", data_yaml=_files("/etc/passwd")),
    Fault("backslash", "path-leaves", "forward slashes", "data.yaml:5:13", data_yaml=_files("..\\\\people.csv")),
    Fault("address", "url", "network", "data.yaml:5:13", data_yaml=_files("https://example.org/people.csv")),
    Fault("no such file", "file-missing", "no file", "data.yaml:5:13", data_yaml=_files("peple.csv")),
    Fault(
        "damaged workbook",
        "not-xlsx",
        "damaged",
        "book.xlsx",
        data_yaml=_files("book.xlsx"),
        others={"book.xlsx": b"PK\x03\x04"},
    ),
    Fault(
        "old workbook",
        "not-csv",
        "not read yet",
        "data.yaml:5:13",
        data_yaml=_files("book.xls"),
        others={"book.xls": b"\xd0\xcf\x11\xe0"},
    ),
    # data.yaml
    Fault("unknown table", "key-unknown", "people", "data.yaml:4:3", data_yaml=PEOPLE.replace("  people:", "  peple:")),
    Fault("no extract date", "key-missing", "extracted", "data.yaml:1:1", data_yaml=PEOPLE.partition("\n")[2]),
    Fault(
        "guess the dates",
        "word-unknown",
        "year-month-day",
        "data.yaml:2:8",
        data_yaml=PEOPLE.replace("dates: year-month-day", "dates: auto"),
    ),
    Fault("no person column", "key-missing", "person", "data.yaml:6:14", data_yaml=PEOPLE.replace("person: id, ", "")),
    Fault(
        "no file listed", "files-missing", "no file", "data.yaml:5:12", data_yaml=PEOPLE.replace("[people.csv]", "[]")
    ),
    Fault(
        "groups without a group column",
        "groups",
        "belong together",
        "data.yaml:6:14",
        data_yaml=PEOPLE.replace("group: arm, ", ""),
    ),
    Fault(
        "measures both long and wide",
        "measures-form",
        "one row each or one column each",
        "data.yaml:",
        data_yaml=PEOPLE
        + "  measures: {files: [m.csv], columns: {person: id, measure: a, value: b}, values: {c: {measure: d}}}\n",
    ),
    Fault(
        "name that is taken",
        "name-reserved",
        "treated",
        "data.yaml:",
        data_yaml=PEOPLE.replace("[age]", "[age, treated]"),
    ),
    Fault(
        "names that differ in case",
        "name-twice",
        "capital letters",
        "data.yaml:",
        data_yaml=PEOPLE.replace("[age]", "[age, Area]"),
    ),
    Fault(
        "number and category",
        "kind-twice",
        "numbers: and categories:",
        "data.yaml:",
        data_yaml=PEOPLE.replace("[age]", "[age, area]"),
    ),
    Fault(
        "group in two kinds",
        "group-twice",
        "served",
        "data.yaml:9:13",
        data_yaml=PEOPLE.replace("[other]", "[other, served]"),
    ),
)
