"""Runs that the report tests render: a rate card, published gates, matched people."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from outcomes.contract.load import load_contract
from outcomes.run.evaluate import run
from outcomes.run.objects import Run
from outcomes.run.steps import read_records

ROOT = Path(__file__).parents[2]


@cache
def rate_card() -> Run:
    """Reboot West on synthetic people."""
    contract = load_contract(ROOT / "examples/reboot-west")
    return run(contract, read_records(contract, ROOT / "examples/reboot-west"))


@cache
def published() -> Run:
    """HMP Peterborough on its published figures."""
    return run(load_contract(ROOT / "contracts/hmp-peterborough"), as_of=date(2017, 7, 27))


@cache
def repayment() -> Run:
    """HMP Doncaster: money goes back."""
    return run(load_contract(ROOT / "contracts/hmp-doncaster"), as_of=date(2015, 8, 7))


@cache
def matched() -> Run:
    """Supported Work: people, matching, a band."""
    contract = load_contract(ROOT / "examples/supported-work")
    return run(contract, read_records(contract, ROOT / "examples/supported-work"))


@cache
def interim() -> Run:
    """Peterborough's published totals and published results: several designs in one run, no band."""
    contract = load_contract(ROOT / "examples/peterborough-interim")
    return run(contract, read_records(contract, ROOT / "examples/peterborough-interim"))


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \"' javascript:alert(3) {{ 7 * 7 }} &amp;"


@cache
def hostile() -> Run:
    """The rate card run with markup in every field of words that a user can fill."""
    made = rate_card()
    terms = made.contract.terms
    parties = replace(terms.parties, commissioner=HOSTILE, contract_holder=HOSTILE, verifier=HOSTILE)
    terms = replace(
        terms, title=HOSTILE, parties=parties, sources=tuple(replace(s, words=HOSTILE) for s in terms.sources)
    )
    clauses = tuple(
        replace(
            clause,
            title=HOSTILE,
            reference=HOSTILE,
            words=HOSTILE,
            rows=tuple(replace(row, title=HOSTILE, price=HOSTILE) for row in clause.rows),
        )
        for clause in made.statement.clauses
    )
    decisions = tuple(replace(decision, claim_id=HOSTILE, place=HOSTILE, words=HOSTILE) for decision in made.decisions)
    checks = tuple(replace(check, sentence=HOSTILE) for check in made.checks)
    return replace(
        made,
        contract=replace(made.contract, terms=terms),
        statement=replace(made.statement, clauses=clauses, title=HOSTILE),
        decisions=decisions,
        checks=checks,
    )


RUNS = {"rate card": rate_card, "published": published, "repayment": repayment, "matched": matched, "hostile": hostile}
