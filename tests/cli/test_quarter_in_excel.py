"""Two quarters run by somebody who has Excel and no statistician: workbooks in, statements and payments out."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from tests.cli.test_commands import outcomes
from tests.unit.claims.filled import CLAIMS, DELIVERY, HEADINGS, filled


def _delivery(period: str, scope: str, sent: date) -> list[tuple[object, ...]]:
    answers = {"Period": period, "Scope": scope, "Sent on": sent}
    return [(row[0], answers.get(str(row[0]), row[1]), *row[2:]) for row in DELIVERY]


def _claims(*words: str) -> tuple[str, ...]:
    return ("claims", words[0], words[1], *words[2:])


def test_two_quarters(tmp_path: Path) -> None:
    contract, register = str(tmp_path / "c"), str(tmp_path / "claims.register")
    assert outcomes("new", "rate-card", contract).returncode == 0
    first = tmp_path / "claims-2027-Q1.xlsx"
    first.write_bytes(filled(CLAIMS, _delivery("2027-Q1", "cumulative", date(2027, 4, 9))))
    shown = outcomes(*_claims("decide", contract, str(first), "--register", register))
    assert shown.returncode == 0, shown.stderr
    assert "A4, case c9 (claims-2027-Q1.xlsx Claims!6) rejected: This outcome is paid once" in " ".join(
        shown.stdout.split()
    )
    out = tmp_path / "q1"
    made = outcomes(*_claims("statement", contract, "--register", register, "--out", str(out), "--json"))
    assert made.returncode == 0, made.stderr
    due = sum(float(payer["entitled"]) for payer in json.loads(made.stdout)["account"]["payers"])
    assert due == pytest.approx(300 + 300 + 850.50)
    lines = (out / "parties" / "payments-to-make.csv").read_text(encoding="utf-8-sig").splitlines()
    paid = tmp_path / "paid.csv"
    paid.write_text("\n".join([lines[0], *(f"2027-04-30{line}BACS 1" for line in lines[1:])]) + "\n", encoding="utf-8")
    back = (HEADINGS, ("A3", "P-2", "course-done", date(2027, 3, 2), "certificate", "", "yes"))
    second = tmp_path / "claims-2027-Q2.xlsx"
    people = (("Person", "Started on", "Case reference"), ("P-3", date(2027, 4, 1), ""))
    second.write_bytes(filled(back, _delivery("2027-Q2", "this period only", date(2027, 7, 9)), people))
    shown = outcomes(*_claims("decide", contract, str(second), "--register", register))
    assert shown.returncode == 0, shown.stdout + shown.stderr
    call = _claims("statement", contract, "--register", register, "--paid", str(paid), "--out", str(tmp_path / "q2"))
    made = outcomes(*call, "--json")
    assert made.returncode == 0, made.stdout + made.stderr
    account = json.loads(made.stdout)["account"]
    assert sum(float(payer["paid"]) for payer in account["payers"]) == pytest.approx(1450.50)
    credits = [line for line in account["claims"] if float(line["entitled"]) < float(line["paid"])]
    assert [(line["claim_id"], line["state"], line["paid"]) for line in credits] == [("A3", "withdrawn", "850.50")]
