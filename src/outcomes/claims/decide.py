"""Each claim decided by the contract's rules: accepted, rejected or queried, with a reason.

Order: outcomes of one person in the order of ``achieved_on``; on one day, lines that others
require first; then ``received_on``, then the claim id.  The order of rows never decides.
Does not live here: prices and caps in outcomes or money (see `payment/`), and repeats of
claims of earlier deliveries, which need the register.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from outcomes.claims.objects import ClaimCount, ClaimDecision, ClaimProfile, ClaimState
from outcomes.claims.table import Claim, Claims, cohort_of, line_ids, read_claims
from outcomes.cohort.labels import EVERYONE
from outcomes.contract.clauses import PaymentClause
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.contract.terms import ContractTerms, Variation

__all__ = ["UNKNOWN_LINE", "count_claims", "decide_claims", "profile_claims", "read_claims"]

UNKNOWN_LINE = "unknown"
"""What a decision calls an outcome that the contract does not have: the words claimed are not repeated."""

_OR = re.compile(r"\s*\|\s*|\s+or\s+")
_LATEST = date.max


@dataclass(frozen=True, slots=True)
class _Verdict:
    state: ClaimState
    code: str
    words: str


@dataclass(slots=True)
class _Person:
    """What has been accepted of one person so far."""

    times: Counter[str] = field(default_factory=Counter)
    days: dict[tuple[str, date], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Rules:
    """Everything that one clause's decisions look at, but the claims themselves."""

    clause: PaymentClause
    lines: Mapping[str, RateLine | None]
    own: Mapping[tuple[str, str | None], RateLine]
    as_of: date
    tells_received: bool
    repeated: Mapping[str, str]
    reused: frozenset[str]
    rivals: Mapping[str, frozenset[str]]
    stops: tuple[Variation, ...] = ()


def decide_claims(
    terms: ContractTerms, clause: PaymentClause, card: RateCard | None, claims: Claims, as_of: date
) -> tuple[ClaimDecision, ...]:
    """What becomes of each claim under one clause.

    Parameters
    ----------
    terms : ContractTerms
        Its segments say whether claims are counted by segment.
    clause : PaymentClause
    card : RateCard or None
        None where the clause pays for one kind of claim at one price.
    claims : Claims
        Of this clause only (see `read_claims`).
    as_of : date
        Nothing after this day is known.

    Returns
    -------
    tuple of ClaimDecision
        In the order of the files.

    Notes
    -----
    First reason found, in this order: clause or outcome not in the contract, claim id repeated or
    reused, person, segment, dates, window, evidence, same outcome on the same day, what
    must come first, times per person.
    """
    rules = _rules(terms, clause, card, claims, as_of)
    depth = _depths(rules.lines)
    people: defaultdict[str, _Person] = defaultdict(_Person)
    verdicts: dict[str, _Verdict | None] = {}
    for claim in sorted(claims.rows, key=lambda item: _order(item, depth)):
        person = people[claim.person]
        verdict = _alone(claim, rules) or _beside(claim, rules, person)
        verdicts[claim.place] = verdict
        if verdict is None and claim.achieved_on is not None:
            person.times[claim.line] += 1
            person.days[claim.line, claim.achieved_on] = claim.place
    return tuple(_decision(claim, rules, verdicts[claim.place], terms) for claim in claims.rows)


def count_claims(decisions: Iterable[ClaimDecision]) -> tuple[ClaimCount, ...]:
    """How many claims of each clause, line, cohort and segment, and of how many people: counts only.

    Claims of an outcome that the contract does not have are of no line: they stay among
    the decisions and are not counted here.
    """
    states: defaultdict[tuple[str, str, str, str, str], Counter[str]] = defaultdict(Counter)
    accepted: defaultdict[tuple[str, str, str, str, str], set[int]] = defaultdict(set)
    for decision in decisions:
        if decision.line == UNKNOWN_LINE:
            continue
        key = (decision.clause, decision.line, decision.cohort, decision.segment, decision.priced_from)
        states[key][decision.state] += 1
        if decision.state == "accepted":
            accepted[key].add(decision.person)
    return tuple(
        ClaimCount(
            *key[:4], total.total(), total["accepted"], total["rejected"], total["query"], len(accepted[key]), key[4]
        )
        for key, total in sorted(states.items())
    )


def profile_claims(decisions: Iterable[ClaimDecision]) -> tuple[ClaimProfile, ...]:
    """How many people have exactly which accepted claims: what a limit for each person needs."""
    people: defaultdict[tuple[str, str, str, int], Counter[tuple[str, str]]] = defaultdict(Counter)
    for decision in decisions:
        if decision.state == "accepted":
            key = (decision.clause, decision.cohort, decision.segment, decision.person)
            people[key][decision.line, decision.priced_from] += 1
    alike = Counter(
        (*key[:3], tuple((*kind, times) for kind, times in sorted(kinds.items()))) for key, kinds in people.items()
    )
    return tuple(
        ClaimProfile(clause, cohort, segment, count, lines)
        for (clause, cohort, segment, lines), count in sorted(alike.items())
    )


def _order(claim: Claim, depth: Mapping[str, int]) -> tuple[object, ...]:
    """What decides between claims; the place comes last, between rows that are alike in everything."""
    return (
        claim.achieved_on or _LATEST,
        depth.get(claim.line, 0),
        claim.received_on or _LATEST,
        claim.claim_id,
        claim.person,
        claim.line,
        claim.evidence or "",
        claim.file,
        claim.row,
    )


def _rules(terms: ContractTerms, clause: PaymentClause, card: RateCard | None, claims: Claims, as_of: date) -> _Rules:
    lines: dict[str, RateLine | None] = {line: card.line(line) if card else None for line in line_ids(clause, card)}
    own = {(line.id, line.segment): line for line in card.lines} if card else {}
    alike: defaultdict[str, list[Claim]] = defaultdict(list)
    for claim in claims.rows:
        alike[claim.claim_id].append(claim)
    repeated: dict[str, str] = {}
    reused = set()
    for claim_id, rows in alike.items():
        if len({(row.person, row.line, row.achieved_on, row.received_on, row.evidence) for row in rows}) > 1:
            reused.add(claim_id)
        else:
            repeated |= {row.place: rows[0].place for row in rows[1:]}
    by_claim = ("outcomes achieved from", "claims from")
    stops = tuple(item for item in terms.variations if item.stops and item.applies_to in by_claim)
    return _Rules(clause, lines, own, as_of, claims.tells_received, repeated, frozenset(reused), _rivals(card), stops)


def _rivals(card: RateCard | None) -> dict[str, frozenset[str]]:
    """The lines that rule each line out for the same person, whichever of the two says so."""
    pairs = {(line.id, other) for line in (card.lines if card else ()) for other in line.excludes}
    both = pairs | {(other, line) for line, other in pairs}
    return {name: frozenset(other for line, other in both if line == name) for name, _ in both}


def _line_of(claim: Claim, rules: _Rules) -> RateLine | None:
    """The line of the rate card for the person's segment; None where there is no card or no such line."""
    return rules.own.get((claim.line, claim.segment)) or rules.own.get((claim.line, None))


def _kinds(line: RateLine | None) -> frozenset[str]:
    """The kinds of evidence that a line accepts: "payslip or letter" accepts either, and the words as a whole."""
    written = (line.evidence or "").casefold() if line else ""
    return frozenset({written, *(part.strip() for part in _OR.split(written))})


def _depths(lines: Mapping[str, RateLine | None]) -> dict[str, int]:
    """How many lines must come before each; a circle counts as the number of lines."""
    depth = dict.fromkeys(lines, 0)
    for _ in lines:
        for name, line in lines.items():
            before = [depth[needed] + 1 for needed in (line.requires if line else ()) if needed in depth]
            depth[name] = min(max([depth[name], *before]), len(lines))
    return depth


def _rejected(code: str, words: str) -> _Verdict:
    return _Verdict("rejected", code, words)


def _query(code: str, words: str) -> _Verdict:
    return _Verdict("query", code, words)


def _alone(claim: Claim, rules: _Rules) -> _Verdict | None:
    """What can be said of a claim by itself; None where nothing is wrong."""
    if claim.clause is not None and claim.clause != rules.clause.id:
        return _rejected("clause-unknown", "No clause of this name pays for claims. Correct it, or leave it out.")
    if claim.line not in rules.lines:
        listed = ", ".join(list(rules.lines)[:30])
        return _rejected("outcome-unknown", f"The contract does not pay for this outcome; it pays for: {listed}.")
    if claim.place in rules.repeated:
        return _rejected("claim-repeated", f"This row repeats {rules.repeated[claim.place]}, which is decided.")
    if claim.claim_id in rules.reused:
        return _query("claim-id-reused", "Different claims have this claim id. Give each its own and send them again.")
    if claim.in_programme is False:
        return _rejected("person-unknown", "The person is not in the programme's cohort. Check the identifier.")
    if rules.clause.for_ not in (EVERYONE, claim.segment):
        return _rejected("segment", f"The clause pays for {rules.clause.for_}; this person is not in that group.")
    if rules.own and _line_of(claim, rules) is None:
        return _rejected("segment-unpriced", "The rate card has no price of this outcome for this person's group.")
    return _dates(claim, rules) or _evidence(claim, rules)


def _dates(claim: Claim, rules: _Rules) -> _Verdict | None:
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


def _stopped(rules: _Rules, achieved: date, received: date | None) -> _Verdict | None:
    """Whether a variation has ended the contract for a claim by its own dates."""
    for variation in rules.stops:
        day = achieved if variation.applies_to == "outcomes achieved from" else received
        if day is not None and day >= variation.from_:
            return _rejected(
                "contract-stopped", f"The contract ended on {variation.from_.isoformat()}: {variation.words}"
            )
    return None


def _evidence(claim: Claim, rules: _Rules) -> _Verdict | None:
    line = _line_of(claim, rules)
    if line is None or line.evidence is None:
        return None
    if claim.evidence is None:
        return _rejected("evidence-missing", f"Evidence is missing. Send: {line.evidence}.")
    if claim.evidence.casefold() not in _kinds(line):
        return _query("evidence-kind", f"The evidence is not of the kind agreed. Send: {line.evidence}.")
    return None


def _beside(claim: Claim, rules: _Rules, person: _Person) -> _Verdict | None:
    """What the person's accepted claims say of this one; None where nothing is wrong."""
    if claim.achieved_on is None:  # queried already
        return None
    earlier = person.days.get((claim.line, claim.achieved_on))
    if earlier is not None:
        return _rejected("outcome-repeated", f"The same outcome on the same day is accepted at {earlier}.")
    line = _line_of(claim, rules)
    most = line.times_per_person if line else rules.clause.pay_for.times_per_person if rules.clause.pay_for else None
    for other in sorted(rules.rivals.get(claim.line, ())):
        if person.times[other] > 0:
            return _rejected("excluded", f"{other} has been accepted for this person, and rules this outcome out.")
    for needed in line.requires if line else ():
        if person.times[needed] == 0:
            words = f"{needed} must be accepted for this person first. Claim it, then send this again."
            return _rejected("requires", words)
    if most is not None and person.times[claim.line] >= most:
        times = "once" if most == 1 else f"{most} times"
        return _rejected("times-per-person", f"This outcome is paid {times} for one person, and has been accepted so.")
    return None


def _decision(claim: Claim, rules: _Rules, verdict: _Verdict | None, terms: ContractTerms) -> ClaimDecision:
    segmented = terms.cohorts is not None and bool(terms.cohorts.segments)
    return ClaimDecision(
        claim_id=claim.claim_id,
        place=claim.place,
        clause=rules.clause.id,
        line=claim.line if claim.line in rules.lines else UNKNOWN_LINE,
        cohort=cohort_of(claim, rules.clause),
        segment=claim.segment if segmented else EVERYONE,
        state=verdict.state if verdict else "accepted",
        code=verdict.code if verdict else "",
        words=verdict.words if verdict else "",
        person=claim.code,
        priced_from=_priced_from(claim, terms, rules.clause),
    )


def _priced_from(claim: Claim, terms: ContractTerms, clause: PaymentClause) -> str:
    """The day of the latest variation whose prices hold for a claim by its own dates."""
    dates = {"outcomes achieved from": claim.achieved_on, "claims from": claim.received_on}
    cohort = cohort_of(claim, clause)
    # A price may go by segment, or by cohort or the year that its name begins with.
    ends = ("", f".{claim.segment}", f".{cohort}", f".{cohort[:4]}")
    names = {f"{name}{end}" for name in (claim.line, clause.id) for end in ends}
    holding = [
        variation.from_
        for variation in terms.variations
        if names & set(variation.prices)
        and (day := dates.get(variation.applies_to)) is not None
        and day >= variation.from_
    ]
    return max(holding).isoformat() if holding else ""
