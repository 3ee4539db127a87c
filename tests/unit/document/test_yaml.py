"""The contract's YAML: text as typed, places for every fault, and no construct that hides meaning."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.document.yaml import MOST_BYTES, Document, parse_document, read_document
from outcomes.errors import InputError, Problem


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        parse_document(text, "c.yaml")
    return caught.value.problems


def file_problems(data: bytes, folder: Path) -> tuple[Problem, ...]:
    file = folder / "c.yaml"
    file.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_document(file)
    return caught.value.problems


LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{one}: &{one} [*{before}, *{before}]\n" for before, one in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("a: 1\na: 2\n", "duplicate-key", "c.yaml:2:1"),
        ("a: 1\nA: 2\n", "duplicate-key", "c.yaml:2:1"),
        ("caf\u00e9: 1\ncafe\u0301: 2\n", "duplicate-key", "c.yaml:2:1"),
        ("x:\n  - {a: 1, a: 2}\n", "duplicate-key", "c.yaml:2:12 x[0]"),
        ("a: &x 1\n", "anchor", "c.yaml:1:4"),
        ("a: &x 1\nb: *x\n", "alias", "c.yaml:2:4"),
        ("a: !!python/object/apply:os.system [ls]\n", "tag", "c.yaml:1:4"),
        ("a: !!str 1\n", "tag", "c.yaml:1:4"),
        ("a: ! 1\n", "tag", "c.yaml:1:4"),
        ("a:\n\tb: 1\n", "not-yaml", "c.yaml:2:1"),
        ("a: [1\n", "not-yaml", "c.yaml:2:1"),
        ("a: 1\n---\nb: 2\n", "one-document", "c.yaml:1:1"),
        ("", "one-document", "c.yaml:1:1"),
        ("# only a remark\n", "one-document", "c.yaml:1:1"),
        ("<<: {a: 1}\n", "merge-key", "c.yaml:1:1"),
        ("[a]: 1\n", "key-not-text", "c.yaml:1:1"),
        ("a: b\u202ec\n", "hidden-character", "c.yaml:1:5"),
        ("a: b\u200bc\n", "hidden-character", "c.yaml:1:5"),
        ("a: b\x07c\n", "hidden-character", "c.yaml:1:5"),
        ("a: " + "[" * 2000, "too-deep", "c.yaml:1:43"),
        ("a: " + "[" * 2000 + "]" * 2000, "too-deep", "c.yaml:1:43"),
        (LAUGHS, "alias", "c.yaml:2:8"),
    ],
)
def test_a_fault_is_named_with_its_place(text: str, code: str, where: str) -> None:
    assert (code, where) in [(problem.code, problem.where) for problem in problems(text)]


def test_many_values_are_too_many() -> None:
    assert problems("[" + "x," * 200_001 + "]")[0].code == "too-deep"


def test_all_faults_are_found_in_one_pass() -> None:
    found = problems("a: 1\na: 2\nb: {c: 1, C: 2}\n<<: {}\n")
    assert [problem.code for problem in found] == ["duplicate-key", "duplicate-key", "merge-key"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("name: café\n".encode("latin-1"), "not-utf-8"),
        ("a: 1\n".encode("utf-16"), "not-utf-8"),
        (b"a: 1\n\xff\n", "not-utf-8"),
        (b"a: 1\x00\n", "hidden-character"),
        (b"a: " + b"x" * MOST_BYTES, "too-large"),
        (b"", "one-document"),
    ],
    ids=["latin-1", "utf-16", "stray byte", "nul", "large", "empty"],
)
def test_a_file_that_is_not_utf8_text_is_refused(data: bytes, code: str, tmp_path: Path) -> None:
    assert file_problems(data, tmp_path)[0].code == code


def test_the_line_of_a_byte_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    assert file_problems(b"a: 1\nb: \xe9\n", tmp_path)[0].where == "c.yaml:2"


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="file-missing"):
        read_document(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="not-a-file"):
        read_document(tmp_path, "folder")


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbfa: 1\nb: 2\n", b"a: 1\r\nb: 2\r\n", b"a: 1\nb: 2", b"a: 1\rb: 2\r"],
    ids=["byte order mark", "CRLF", "no last newline", "CR"],
)  # fmt: skip
def test_how_an_editor_ends_lines_does_not_matter(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_bytes(data)
    assert read_document(file).plain() == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    "typed",
    ["NO", "yes", "012", "0o14", "1_000", "4000.10", "1e3", "2024-02-29", "12:30", ".5", "True", "0x1F", "=", "٣"],
)
def test_a_value_stays_as_it_was_typed(typed: str) -> None:
    assert parse_document(f"a: {typed}\n", "c.yaml").plain() == {"a": typed}


@pytest.mark.parametrize("typed", ["", "~", "null"])
def test_nothing_is_nothing_and_in_quotes_it_is_text(typed: str) -> None:
    assert parse_document(f"a: {typed}\nb: '{typed}'\n", "c.yaml").plain() == {"a": None, "b": typed}


def test_a_path_gives_the_place_to_open() -> None:
    document = parse_document("payments:\n  - id: one\n    when:\n      - 5\n", "contract.yaml")
    path = ("payments", 0, "when", 0)
    assert document.where(path) == "contract.yaml:4:9 payments[0].when[0]"
    assert document.where(("payments", 0, "when"), at_key=True) == "contract.yaml:3:5 payments[0].when"
    assert document.where((*path, "more")) == "contract.yaml:4:9 payments[0].when[0].more"
    assert document.where(()) == "contract.yaml:1:1"


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=12)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), WORDS, min_size=1, max_size=6))
def test_quoted_text_reads_back(values: dict[str, str]) -> None:
    text = "".join(f"{key}: '{value.replace(chr(39), chr(39) * 2)}'\n" for key, value in values.items())
    assert parse_document(text, "c.yaml").plain() == values


@given(st.text(max_size=60) | st.text("a:-[]{}&*!|>'\"#\t\n ,?%@`", max_size=60))
def test_any_text_gives_a_document_or_problems_with_places(text: str) -> None:
    try:
        found: Document | tuple[Problem, ...] = parse_document(text, "c.yaml")
    except InputError as error:
        found = error.problems
    if not isinstance(found, Document):
        assert found
        assert all(problem.where.startswith("c.yaml") and problem.message for problem in found)
