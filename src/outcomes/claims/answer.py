"""The answer to a delivery: each row under the provider's own reference, its state, and why, as a table for Excel."""

from __future__ import annotations

from outcomes.claims.delivery import DecidedDelivery
from outcomes.claims.objects import ClaimDecision
from outcomes.contract.load import Contract
from outcomes.document.tables import csv_table

__all__ = ["answer_table"]

_HEADER = ("Your reference", "Case", "File and line", "Outcome", "Achieved on", "State", "Why, and what you can do")


def answer_table(contract: Contract, delivery: DecidedDelivery) -> bytes:
    """The answer as CSV with a mark that Excel reads as UTF-8; no cell can become a formula."""
    return csv_table(_HEADER, [_cells(contract, row) for row in delivery.rows])


def _cells(contract: Contract, row: ClaimDecision) -> tuple[str, ...]:
    card = contract.cards.get(row.clause)
    line = card.find(row.line, row.segment) or card.line(row.line) if card else None
    achieved = row.achieved_on.isoformat() if row.achieved_on else ""
    title = line.title if line else row.line
    return (row.claim_id, row.provider_ref, row.place, title, achieved, row.state, row.words)
