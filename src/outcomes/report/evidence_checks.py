"""The section of a provider's statement on evidence that was checked by sample."""

from __future__ import annotations

from collections.abc import Iterator

from outcomes.claims.recovery import EvidenceCheck
from outcomes.report.blocks import Block, Heading, Paragraph
from outcomes.report.evidence_words import check_sentences
from outcomes.report.parts import table_of
from outcomes.report.words import day, money
from outcomes.run.objects import Run

__all__ = ["evidence_check_blocks"]


def evidence_check_blocks(run: Run) -> list[Block]:
    """What was checked, what was found, what is recovered and from whom; nothing where no sample was checked."""
    account = run.account
    if account is None or not account.evidence:
        return []
    currency = run.statement.currency
    blocks: list[Block] = [Heading("Evidence that was checked")]
    for check in account.evidence:
        blocks += _check(check, currency)
    if account.recovery:
        rows = [(payer.payer, money(-payer.recovery, currency)) for payer in account.payers if payer.recovery]
        rows.append(("All payers", money(-account.recovery, currency)))
        blocks.append(table_of("Recovered, by payer", ("Payer", "Recovered"), rows, (1,)))
        text = (
            "The recovery is taken off between the entitlement and what is due now. Claims that were found wrong stay "
            "accepted in the register and are marked there, so that nothing is taken back twice."
        )
        blocks.append(Paragraph(text))
    return blocks


def _check(check: EvidenceCheck, currency: str) -> Iterator[Block]:
    of = f"Claims first accepted with the delivery {check.period}" if check.period else "All claims paid by then"
    yield Heading(f"{of}, counted from {day(check.on)}", 3)
    yield Paragraph(" ".join(check_sentences(check, currency)))
    if not check.wrong:
        return
    rows = [
        (
            one.claim_id,
            money(one.amount, currency),
            money(one.right, currency),
            money(one.amount - one.right, currency),
            one.by,
            one.note,
        )
        for one in check.wrong
    ]
    titles = ("Your reference", "Paid or payable", "Right amount", "Error", "Checked by", "Note")
    yield table_of("Claims that were found wrong", titles, rows, (1, 2, 3))
