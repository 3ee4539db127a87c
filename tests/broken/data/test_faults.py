"""Each fault is refused with status 2, at its place, in words, and without anybody's identifier."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from outcomes.errors import ExitStatus, InputError
from outcomes.records.sources import read_records
from tests.broken.data.faults import CANARIES, FAULTS, GOOD, Fault
from tests.unit.records.delivery import HEADER, PEOPLE, deliver, terms


def _refusal(folder: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read_records(terms(), folder)
    assert caught.value.exit_status == ExitStatus.BAD_INPUT
    for canary in CANARIES:
        assert canary not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_is_named_at_its_place(fault: Fault, tmp_path: Path) -> None:
    deliver(tmp_path, fault.data_yaml, people=fault.people)
    for name, content in fault.others.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    problem = _refusal(tmp_path).problems[0]
    assert problem.code == fault.code
    assert fault.words in f"{problem.message} {problem.hint}"
    assert problem.where.startswith(fault.where)


def test_the_good_file_is_read(tmp_path: Path) -> None:
    records = read_records(terms(), deliver(tmp_path, PEOPLE, people=GOOD))
    assert records.rows("people") == 3


def test_link_that_leaves_the_folder(tmp_path: Path) -> None:
    deliver(tmp_path / "data", PEOPLE)
    (tmp_path / "outside.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "data" / "people.csv").symlink_to(tmp_path / "outside.csv")
    assert _refusal(tmp_path / "data").problems[0].code == "path-leaves"


def test_folder_that_is_a_link_and_leaves(tmp_path: Path) -> None:
    deliver(tmp_path / "data", PEOPLE.replace("people.csv", "more/people.csv"))
    deliver(tmp_path / "outside", PEOPLE, people=GOOD)
    (tmp_path / "data" / "more").symlink_to(tmp_path / "outside")
    assert _refusal(tmp_path / "data").problems[0].code == "path-leaves"


def test_link_inside_the_folder_is_read(tmp_path: Path) -> None:
    deliver(tmp_path, PEOPLE, kept=GOOD)
    (tmp_path / "people.csv").symlink_to(tmp_path / "kept.csv")
    assert read_records(terms(), tmp_path).rows("people") == 3


def test_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    deliver(tmp_path, PEOPLE)
    os.mkfifo(tmp_path / "people.csv")
    assert _refusal(tmp_path).problems[0].code == "not-a-file"


def test_folder_where_a_file_is_due(tmp_path: Path) -> None:
    deliver(tmp_path, PEOPLE)
    (tmp_path / "people.csv").mkdir()
    assert _refusal(tmp_path).problems[0].code == "not-a-file"


def test_faults_of_all_kinds_in_one_pass(tmp_path: Path) -> None:
    rows = "".join(f"{CANARIES[0]}{n},served,03/04/1975,£{n},north\n" for n in range(30))
    error = _refusal(deliver(tmp_path, PEOPLE, people=HEADER + rows))
    codes = [problem.code for problem in error.problems]
    assert codes == ["date-ambiguous"] * 10 + ["not-a-number"] * 10 + ["and-more"]
    assert error.problems[-1].message == "40 more problems like these."


def test_wrong_rows_are_listed_in_one_pass(tmp_path: Path) -> None:
    rows = "".join(f"{CANARIES[0]}{n},served\n" for n in range(50))
    error = _refusal(deliver(tmp_path, PEOPLE, people=HEADER + rows))
    assert [problem.where for problem in error.problems[:2]] == ["people.csv:2:3", "people.csv:3:3"]
    assert len(error.problems) == 21
    assert error.problems[-1].message == "30 more problems like these."


def test_every_file_is_looked_at(tmp_path: Path) -> None:
    two = PEOPLE.replace("[people.csv]", "[people.csv, more.csv]")
    error = _refusal(deliver(tmp_path, two, people="", more=GOOD.replace(",", ";")))
    assert [problem.code for problem in error.problems] == ["empty", "separator"]


def test_a_number_on_a_line_after_a_cell_of_two_lines(tmp_path: Path) -> None:
    people = HEADER + f'{CANARIES[0]},served,2021-01-01,30,"no\nrth"\n{CANARIES[1]},other,2021-01-01,x,south\n'
    assert _refusal(deliver(tmp_path, PEOPLE, people=people)).problems[0].where == "people.csv:4:4 age"
