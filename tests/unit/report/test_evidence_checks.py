"""The statement's section on checked evidence, and the contract's rule in its own file and in words."""

from __future__ import annotations

import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from outcomes.claims.register import ClaimRecord, Register
from outcomes.claims.sample import draw_sample
from outcomes.claims.table import Claim
from outcomes.contract.load import Contract, load_contract
from outcomes.contract.terms import EvidenceChecks
from outcomes.errors import InputError
from outcomes.report.blocks import Paragraph, Table
from outcomes.report.contract_words import explain_contract
from outcomes.report.evidence_checks import evidence_check_blocks
from outcomes.run.account import account_of
from outcomes.run.evaluate import run
from outcomes.run.objects import Run
from outcomes.run.steps import read_records
from tests.unit.claims.sampling import DAY, ROOT, answered

STORY = ROOT / "examples/reboot-west"


def contract(folder: Path, rule: str) -> Contract:
    shutil.copytree(STORY, folder / "c")
    file = folder / "c/contract.yaml"
    file.write_text(file.read_text(encoding="utf-8") + f"evidence_checks: {rule}\n", encoding="utf-8")
    return load_contract(folder / "c")


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("{recover: most of it}", "word-unknown"),
        ("{recover: point, confidence: 0.9}", "unit-missing"),
        ("{recover: point, confidence: 100 %}", "share-range"),
        ("{recover: point, confidence: 10 %}", "share-range"),
        ("{confidence: 90 %}", "key-missing"),
        ("{recover: point, seed: 7}", "key-unknown"),
    ],
)
def test_a_rule_that_cannot_be(rule: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=code):
        contract(tmp_path, rule)


def test_a_rule_needs_claims(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "contracts/hmp-doncaster", tmp_path / "c")
    with (tmp_path / "c/contract.yaml").open("a", encoding="utf-8") as stream:
        stream.write("evidence_checks: {recover: point}\n")
    with pytest.raises(InputError, match="evidence-of-what"):
        load_contract(tmp_path / "c")


def test_the_rule_is_explained(tmp_path: Path) -> None:
    words = explain_contract(contract(tmp_path, '{clause: "Sch 5 para 2", recover: lower end}')).other[-1]
    assert "(Sch 5 para 2): the lower end of the 90 % range" in words


def checked_run() -> Run:
    """The story's run with an account in which one of 60 checked claims was found wrong."""
    plain = load_contract(STORY)
    ruled = replace(plain, terms=replace(plain.terms, evidence_checks=EvidenceChecks(recover="point")))
    made = run(ruled, read_records(ruled, STORY))
    paid = {one.claim_id: one for one in made.decisions if one.state == "accepted"}
    known = _register(made, sorted(paid))
    sample = draw_sample(ruled, known, 60, 7)
    known = replace(known, samples=(answered(sample, {sample.drawn[0].claim_id: Decimal(0)}),))
    return replace(made, account=account_of(ruled, made.statement, known))


def _register(made: Run, ids: list[str]) -> Register:
    decisions = {one.claim_id: one for one in made.decisions}
    records = {
        name: ClaimRecord(
            Claim(name, f"P{decisions[name].person}", decisions[name].line, DAY, DAY, None, None, "c", 1),
            decisions[name],
        )
        for name in ids
    }
    return Register("c", records=records, payable=dict.fromkeys(ids, Decimal(100)), last_day=DAY)


def test_the_section_tells_what_was_found_and_its_amounts_sum() -> None:
    made = checked_run()
    assert made.account is not None
    blocks = evidence_check_blocks(made)
    text = " ".join(block.text for block in blocks if isinstance(block, Paragraph))
    assert "60 of" in text and "1 had no evidence" in text and "nothing is taken back twice" in text
    assert [block.caption for block in blocks if isinstance(block, Table)] == [
        "Claims that were found wrong",
        "Recovered, by payer",
    ]
    account = made.account
    assert account.recovery == -account.evidence[0].recovery < 0
    assert account.due_now == account.entitled + account.recovery - account.paid
    assert sum((payer.due_now for payer in account.payers), Decimal(0)) == account.due_now


def test_without_a_sample_there_is_no_section() -> None:
    contract_ = load_contract(STORY)
    assert evidence_check_blocks(run(contract_, read_records(contract_, STORY))) == []
