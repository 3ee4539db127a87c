"""A rate card read aloud: each outcome with its price, what it needs and how often it is paid."""

from __future__ import annotations

from collections.abc import Iterator

from outcomes.contract.clauses import PaymentClause
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.payment.price_words import money_words
from outcomes.report.blocks import Column, Table

__all__ = ["card_sentences", "card_table"]

_TITLES = (
    "Outcome",
    "For",
    "Price",
    "Times per person",
    "Must come first",
    "Not together with",
    "At most paid for",
    "At most in money",
    "Evidence",
)
_NUMERIC = ("Price", "Times per person", "At most paid for", "At most in money")


def card_sentences(contract: Contract, clause: PaymentClause) -> tuple[str, ...]:
    """One line of plain English for each line of a clause's rate card; none where it has no card."""
    card = contract.cards.get(clause.id)
    return tuple(_line(contract, clause, card, line) for line in card.lines) if card else ()


def card_table(contract: Contract, clause: PaymentClause) -> Table:
    """The lines of a clause's rate card, with the columns that it uses."""
    card = contract.cards[clause.id]
    rows = [_row(contract, clause, card, line) for line in card.lines]
    used = [index for index in range(len(_TITLES)) if any(row[index] for row in rows)]
    columns = tuple(Column(_TITLES[index], numeric=_TITLES[index] in _NUMERIC) for index in used)
    return Table(f"The prices in {card.table}", columns, tuple(tuple(row[index] for index in used) for row in rows))


def _money(contract: Contract, clause: PaymentClause, line: RateLine) -> str:
    return money_words(contract, line.price, clause.priced_in.currency if clause.priced_in else "")


def _titles(card: RateCard, names: tuple[str, ...], segment: str | None) -> list[str]:
    """What the card calls other outcomes, for the same segment where they have a line for it."""
    titles = []
    for name in names:
        lines = sorted((line for line in card.lines if line.id == name), key=lambda line: line.segment != segment)
        titles.append(lines[0].title)
    return titles


def _segment(contract: Contract, line: RateLine) -> str:
    cohorts = contract.terms.cohorts
    if line.segment is None:
        return ""
    return cohorts.segments.get(line.segment, line.segment) if cohorts else line.segment


def _line(contract: Contract, clause: PaymentClause, card: RateCard, line: RateLine) -> str:
    segment = f", for {_segment(contract, line)}" if line.segment else ""
    price = f"{line.title}{segment}: {_money(contract, clause, line)} for each accepted claim"
    return ". ".join([price, *_rules(contract, card, line)]) + "."


def _rules(contract: Contract, card: RateCard, line: RateLine) -> Iterator[str]:
    if line.times_per_person is not None:
        times = "once" if line.times_per_person == 1 else f"at most {line.times_per_person:,} times"
        yield f"Paid {times} for one person"
    if line.requires:
        yield f"Only after {_quoted(_titles(card, line.requires, line.segment), 'and')}"
    if line.excludes:
        yield f"Not for a person who was paid for {_quoted(_titles(card, line.excludes, line.segment), 'or')}"
    if line.maximum_outcomes is not None:
        yield f"At most {line.maximum_outcomes:,} are paid for"
    if line.maximum_amount is not None:
        yield f"At most {money_words(contract, line.maximum_amount)} in all"
    if line.evidence:
        yield f"Evidence: {line.evidence}"


def _quoted(titles: list[str], join: str) -> str:
    shown = [f'"{title}"' for title in titles]
    return f" {join} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _row(contract: Contract, clause: PaymentClause, card: RateCard, line: RateLine) -> tuple[str, ...]:
    return (
        line.title,
        _segment(contract, line),
        _money(contract, clause, line),
        "" if line.times_per_person is None else f"{line.times_per_person:,}",
        ", ".join(_titles(card, line.requires, line.segment)),
        ", ".join(_titles(card, line.excludes, line.segment)),
        "" if line.maximum_outcomes is None else f"{line.maximum_outcomes:,}",
        "" if line.maximum_amount is None else money_words(contract, line.maximum_amount),
        line.evidence or "",
    )
