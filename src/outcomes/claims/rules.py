"""The rules that decide one claim: each a question with a reason in words that a provider can act on.

Does not live here: the order in which claims are decided (`decide`), prices and caps in
outcomes or money (`payment/`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from outcomes.claims.table import Claim, Claims, line_ids
from outcomes.cohort.labels import EVERYONE
from outcomes.contract.calendar import last_claim_day
from outcomes.contract.clauses import PaymentClause
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.contract.terms import ContractTerms, Variation
from outcomes.period import day_after

__all__ = [
    "NOTHING_BEFORE",
    "UNKNOWN_LINE",
    "WITHOUT_PRICE",
    "AcceptedBefore",
    "Before",
    "PersonSoFar",
    "Rules",
    "Verdict",
    "own_line",
    "rules_of",
    "verdict_alone",
    "verdict_beside",
]

UNKNOWN_LINE = "unknown"
"""What a decision calls an outcome that the contract does not have: the words claimed are not repeated."""

WITHOUT_PRICE = frozenset(("outcome-unknown", "clause-unknown", "segment-unpriced", "person-unknown"))
"""Reasons that leave the contract without a price for the claim, or without anybody it is for."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of a claim: its new state, a stable code, and the reason in words."""

    state: Literal["rejected", "query", "withdrawn"]
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class AcceptedBefore:
    """A claim that an earlier delivery has settled as accepted, and that stands."""

    person: str
    clause: str
    line: str
    achieved_on: date
    place: str


@dataclass(frozen=True, slots=True)
class Before:
    """What was settled before the claims at hand.

    Attributes
    ----------
    accepted : tuple of AcceptedBefore
        Claims under the same clause.
    elsewhere : mapping of (person, line, day) to str
        The same for other clauses and other contracts, and where each stands.
    taken : mapping of place to place
        Rows whose claim id stands for another claim already, and where that is.
    repeated : mapping of place to place
        Rows that repeat an earlier row of the delivery, and where that is.
    reused : frozenset of str
        Claim ids that different claims of the delivery share.
    holidays : frozenset of date, optional
        For limits in working days.
    """

    accepted: tuple[AcceptedBefore, ...] = ()
    elsewhere: Mapping[tuple[str, str, date], str] = field(default_factory=dict)
    taken: Mapping[str, str] = field(default_factory=dict)
    repeated: Mapping[str, str] = field(default_factory=dict)
    reused: frozenset[str] = frozenset()
    holidays: frozenset[date] | None = None


NOTHING_BEFORE = Before()


@dataclass(slots=True)
class PersonSoFar:
    """What has been accepted of one person so far."""

    times: Counter[str] = field(default_factory=Counter)
    days: dict[tuple[str, date], str] = field(default_factory=dict)
    first: dict[str, date] = field(default_factory=dict)

    def accept(self, line: str, day: date, place: str) -> None:
        """Adds an accepted outcome."""
        self.times[line] += 1
        self.days[line, day] = place
        self.first[line] = min(day, self.first.get(line, day))


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that one clause's decisions look at, but the claims themselves."""

    terms: ContractTerms
    clause: PaymentClause
    lines: Mapping[str, RateLine | None]
    own: Mapping[tuple[str, str | None], RateLine]
    as_of: date
    before: Before
    tells_received: bool
    rivals: Mapping[tuple[str, str], frozenset[str]]
    stops: tuple[Variation, ...] = ()


def rules_of(
    terms: ContractTerms, clause: PaymentClause, card: RateCard | None, claims: Claims, as_of: date, before: Before
) -> Rules:
    """The rules of one clause."""
    lines: dict[str, RateLine | None] = {line: card.line(line) if card else None for line in line_ids(clause, card)}
    own = {(line.id, line.segment): line for line in card.lines} if card else {}
    by_claim = ("outcomes achieved from", "claims from")
    stops = tuple(item for item in terms.variations if item.stops and item.applies_to in by_claim)
    told = claims.tells_received
    return Rules(terms, clause, lines, own, as_of, before, told, _rivals(card, claims), stops)


def _rivals(card: RateCard | None, claims: Claims) -> dict[tuple[str, str], frozenset[str]]:
    """For each line and segment the lines that rule it out for the same person, whichever of the two says so."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for segment in {claim.segment for claim in claims.rows} if card else ():
        own = [line for name in {line.id for line in card.lines} if (line := card.find(name, segment))] if card else []
        pairs = {(line.id, other) for line in own for other in line.excludes}
        both = pairs | {(other, line) for line, other in pairs}
        found |= {(name, segment): frozenset(other for line, other in both if line == name) for name, _ in both}
    return found


def own_line(rules: Rules, name: str, segment: str) -> RateLine | None:
    """The line of the rate card for a person's segment; None where there is no card or no such line."""
    return rules.own.get((name, segment)) or rules.own.get((name, None))


def line_of(claim: Claim, rules: Rules) -> RateLine | None:
    """The line that decides and prices a claim."""
    return own_line(rules, claim.line, claim.segment)


def _kinds(line: RateLine | None) -> frozenset[str]:
    """The kinds of evidence that a line accepts: "payslip or letter" accepts either, and the words as a whole."""
    if line is None:
        return frozenset()
    return frozenset(kind.casefold() for kind in (line.evidence or "", *line.evidence_kinds))


def _rejected(code: str, words: str) -> Verdict:
    return Verdict("rejected", code, words)


def _query(code: str, words: str) -> Verdict:
    return Verdict("query", code, words)


def verdict_alone(claim: Claim, rules: Rules) -> Verdict | None:
    """What can be said of a claim by itself; None where nothing is wrong."""
    if claim.place in rules.before.repeated:
        return _rejected("claim-repeated", f"This row repeats {rules.before.repeated[claim.place]}, which is decided.")
    if (taken := rules.before.taken.get(claim.place)) is not None:
        words = f"This claim id was accepted at {taken} for another person or outcome. Give this claim its own id."
        return _query("claim-id-taken", words)
    if claim.withdrawn == "yes":
        return Verdict("withdrawn", "withdrawn", "Withdrawn by the provider.")
    if claim.withdrawn == "unclear":
        return _query("withdrawn-unclear", "It is not clear whether this claim is withdrawn. Write yes, or nothing.")
    if claim.clause is not None and claim.clause != rules.clause.id:
        return _rejected("clause-unknown", "No clause of this name pays for claims. Correct it, or leave it out.")
    if claim.line not in rules.lines:
        listed = ", ".join(list(rules.lines)[:30])
        return _rejected("outcome-unknown", f"The contract does not pay for this outcome; it pays for: {listed}.")
    if claim.claim_id in rules.before.reused:
        return _query("claim-id-reused", "Different claims have this claim id. Give each its own and send them again.")
    if claim.in_programme is False:
        return _rejected("person-unknown", "The person is not in the programme's cohort. Check the identifier.")
    return _segment(claim, rules) or _dates(claim, rules) or _late(claim, rules) or _evidence(claim, rules)


def _segment(claim: Claim, rules: Rules) -> Verdict | None:
    if rules.clause.for_ not in (EVERYONE, claim.segment):
        return _rejected("segment", f"The clause pays for {rules.clause.for_}; this person is not in that group.")
    if rules.own and line_of(claim, rules) is None:
        return _rejected("segment-unpriced", "The rate card has no price of this outcome for this person's group.")
    return None


def _dates(claim: Claim, rules: Rules) -> Verdict | None:
    achieved, received, clause = claim.achieved_on, claim.received_on, rules.clause
    if achieved is None:
        return _query("achieved-on-missing", "The date of the outcome is missing. Send it.")
    if rules.tells_received and received is None:
        return _query("received-on-missing", "The date of receipt is missing. Send it.")
    day = rules.as_of.isoformat()
    if achieved > rules.as_of:
        return _rejected("achieved-after-as-of", f"The outcome is dated after {day}. Claim it once it is achieved.")
    if received is not None and received > rules.as_of:
        return _rejected("received-after-as-of", f"The claim is dated after {day}. It belongs to the next period.")
    if received is not None and achieved > received:
        return _rejected("achieved-after-received", "The outcome is dated after the claim. Correct the date.")
    if (stopped := _stopped(rules, achieved, received)) is not None:
        return stopped
    if clause.from_ is not None and achieved < clause.from_:
        return _rejected("before-window", f"The clause pays for outcomes from {clause.from_.isoformat()} on.")
    if clause.until is not None and achieved > clause.until:
        return _rejected("after-window", f"The clause pays for outcomes until {clause.until.isoformat()}.")
    if claim.start is not None and achieved < claim.start:
        return _rejected("before-start", "The outcome is dated before the person started. Correct the date.")
    return None


def _stopped(rules: Rules, achieved: date, received: date | None) -> Verdict | None:
    """Whether a variation has ended the contract for a claim by its own dates."""
    for variation in rules.stops:
        day = achieved if variation.applies_to == "outcomes achieved from" else received
        if day is not None and day >= variation.from_:
            return _rejected(
                "contract-stopped", f"The contract ended on {variation.from_.isoformat()}: {variation.words}"
            )
    return None


def _late(claim: Claim, rules: Rules) -> Verdict | None:
    """A claim that came after the contract's last day for it, or that was sent again too late."""
    calendar = rules.terms.calendar
    received = claim.first_received_on or claim.received_on
    if calendar is None or calendar.late_claims == "accepted" or received is None or claim.achieved_on is None:
        return None
    last = last_claim_day(rules.terms, claim.achieved_on, rules.before.holidays)
    if last is not None and received > last:
        words = f"Outcomes of that period had to be claimed by {last.isoformat()}; this claim came later."
        return _too_late(rules, "claimed-late", words)
    if calendar.resubmit_within and claim.answered_on and claim.resent_on:
        last = day_after(claim.answered_on, calendar.resubmit_within, rules.before.holidays)
        if last is not None and claim.resent_on > last:
            return _too_late(rules, "resubmitted-late", f"This had to be sent again by {last.isoformat()}.")
    return None


def _too_late(rules: Rules, code: str, words: str) -> Verdict:
    if rules.terms.calendar and rules.terms.calendar.late_claims == "rejected":
        return _rejected(code, words)
    return _query(code, f"{words} The commissioner can still accept it; say why it is late.")


def _evidence(claim: Claim, rules: Rules) -> Verdict | None:
    line = line_of(claim, rules)
    if line is None or line.evidence is None:
        return None
    if claim.evidence is None:
        return _rejected("evidence-missing", f"Evidence is missing. Send: {line.evidence}.")
    if claim.evidence.casefold() not in _kinds(line):
        return _query("evidence-kind", f"The evidence is not of the kind agreed. Send: {line.evidence}.")
    return None


def verdict_beside(claim: Claim, rules: Rules, person: PersonSoFar) -> Verdict | None:
    """What the person's accepted claims say of this one; None where nothing is wrong."""
    day = claim.achieved_on
    if day is None:  # queried already
        return None
    if (earlier := person.days.get((claim.line, day))) is not None:
        return _rejected("outcome-repeated", f"The same outcome on the same day is accepted at {earlier}.")
    if (other := rules.before.elsewhere.get((claim.person, claim.line, day))) is not None:
        words = f"The same outcome on the same day is accepted under {other}. A person must decide which of them pays."
        return _query("accepted-elsewhere", words)
    for rival in sorted(rules.rivals.get((claim.line, claim.segment), ())):
        if person.times[rival] > 0:
            return _rejected("excluded", f"{rival} has been accepted for this person, and rules this outcome out.")
    return _needed(claim, day, rules, person) or _times(claim, rules, person)


def _needed(claim: Claim, day: date, rules: Rules, person: PersonSoFar) -> Verdict | None:
    """Whether what must come before has been accepted, and did come before."""
    line = line_of(claim, rules)
    for needed in line.requires if line else ():
        if person.times[needed] == 0:
            words = f"{needed} must be accepted for this person first. Claim it, then send this again."
            return _rejected("requires", words)
        if person.first[needed] > day:
            words = f"{needed} must come first, and was accepted with a later date. Correct the date that is wrong."
            return _rejected("requires-order", words)
    return None


def _times(claim: Claim, rules: Rules, person: PersonSoFar) -> Verdict | None:
    line, clause = line_of(claim, rules), rules.clause
    most = line.times_per_person if line else clause.pay_for.times_per_person if clause.pay_for else None
    if most is None or person.times[claim.line] < most:
        return None
    times = "once" if most == 1 else f"{most} times"
    return _rejected("times-per-person", f"This outcome is paid {times} for one person, and has been accepted so.")
