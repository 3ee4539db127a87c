"""What a causal graph says about a plan's covariates: enough, too few, or some that do harm.

Lives here: the questions put to the graph and the findings in words.  DoWhy reads the graph;
the notation is in `causal_graph.py`.  Nothing here needs people or outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass

from outcomes.contract.causal_graph import CausalGraph
from outcomes.counterfactual.second_look.graph_question import GraphQuestion
from outcomes.findings import CheckResult

__all__ = ["Fault", "Identification", "graph_checks", "identify"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A factor that keeps the plan from the effect, with the path by which it does (``programme ← age → arrests``)."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Identification:
    """What the graph says of one outcome; names in sorted order.

    Attributes
    ----------
    outcome : str
    closes : bool
        The plan's covariates close every back door, and none of them does harm.
    enough : tuple of str, or None
        A set of recorded factors of which none can be left out that closes every back door;
        None where no set of recorded factors does.
    mediators, changed : tuple of Fault
        Covariates that the programme changes: on the way to the outcome, or beside it.
    colliders : tuple of Fault
        Covariates that open a path which was closed without them.
    missing : tuple of Fault
        Recorded factors that the plan would have to adjust for as well.
    unseen : tuple of Fault
        Factors that nobody recorded and that leave a path open whatever is adjusted for.
    instruments : tuple of str
        Factors that decide who joins and touch the outcome in no other way.
    front_door : tuple of str
        Recorded factors that carry the whole effect and are free of what confounds it.
    undrawn : tuple of str
        Covariates of which the graph says nothing.
    partly : tuple of str
        Covariates that enter only as an indicator, of those that the answer rests on.
    """

    outcome: str
    closes: bool
    enough: tuple[str, ...] | None
    mediators: tuple[Fault, ...] = ()
    changed: tuple[Fault, ...] = ()
    colliders: tuple[Fault, ...] = ()
    missing: tuple[Fault, ...] = ()
    unseen: tuple[Fault, ...] = ()
    instruments: tuple[str, ...] = ()
    front_door: tuple[str, ...] = ()
    undrawn: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()


def identify(graph: CausalGraph, outcome: str) -> Identification:
    """What the graph says of the effect of the programme on `outcome` under the plan's covariates.

    Notes
    -----
    The back-door criterion: no covariate is changed by the programme, and given the
    covariates programme and outcome are d-separated once the arrows out of the programme
    are cut.  Where some set of recorded factors R that holds the factors I fulfils it, all
    of R that are causes of programme, outcome or I do, so no search over sets is needed.

    References
    ----------
    Pearl (2009), section 3.3; van der Zander, Liskiewicz & Textor (2014), theorem 4.
    """
    asked = GraphQuestion.of(graph, outcome)
    drawn = set(graph.adjusted) & set(graph.factors)
    mediators = sorted(drawn & asked.descendants & asked.causes_of_outcome)
    changed = sorted((drawn & asked.descendants) - set(mediators))
    plan = drawn - asked.descendants
    granted = asked.granted()
    colliders, kept = asked.split(plan | granted, granted)
    final = kept if asked.closed(kept) else asked.smallest(kept, granted)
    missing = sorted(final - kept)
    return Identification(
        outcome=outcome,
        closes=not (mediators or changed) and asked.closed(plan),
        enough=asked.enough(),
        mediators=tuple(Fault(name, asked.way(name, onward=True)) for name in mediators),
        changed=tuple(Fault(name, asked.way(name, onward=False)) for name in changed),
        colliders=tuple(Fault(name, asked.path(final | {name})) for name in colliders),
        missing=tuple(Fault(name, asked.path(final - {name})) for name in missing),
        unseen=tuple(Fault(name, asked.path(final - {name})) for name in sorted(granted)),
        instruments=asked.instruments(),
        front_door=asked.front_door(),
        undrawn=tuple(sorted(set(graph.adjusted) - drawn)),
        partly=tuple(sorted(name for name in set(graph.partly) & kept if not asked.closed(final - {name}))),
    )


def graph_checks(graph: CausalGraph, outcome: str) -> tuple[CheckResult, ...]:
    """The findings of `identify` in words.

    The first, ``graph``, is the answer as a whole and never blocks by itself; the reasons after it do.
    """
    found = identify(graph, outcome)
    return (_whole(found), *_harmful(found), *_short(found), *_notes(found, graph))


def _whole(found: Identification) -> CheckResult:
    """The answer as a whole."""
    if found.closes:
        sentence = f"By the graph, the plan's covariates close every back door to {found.outcome}."
        return CheckResult("graph", "pass", sentence)
    if found.enough is not None:
        set_ = ", ".join(found.enough) or "nothing"
        sentence = f"By the graph, adjusting for {set_} would be enough for {found.outcome}; the plan does otherwise."
        return CheckResult("graph", "fail", sentence)
    others = _other_ways(found)
    return CheckResult(
        "graph", "warn", f"By the graph, nothing on record closes every back door to {found.outcome}.{others}"
    )


def _other_ways(found: Identification) -> str:
    """What else the graph would allow; no design here uses it."""
    words = ""
    if found.instruments:
        words += f" It has an instrument: {', '.join(found.instruments)}."
    if found.front_door:
        words += f" It has a front door: {', '.join(found.front_door)}."
    return words


def _harmful(found: Identification) -> tuple[CheckResult, ...]:
    """Covariates to take out of the plan."""
    way = "The plan adjusts for {0}, which lies on the way from the programme to {1} ({2}): "
    beside = "The plan adjusts for {0}, which the programme changes ({2}): "
    meet = "Adjusting for {0} opens a path that was closed ({2}): "
    mediator = way + "that takes away a part of the effect. Take {0} out."
    changed = beside + "what follows from the programme cannot make groups alike. Take {0} out."
    collider = meet + "people alike on {0} then differ in what leads to it. Take {0} out."
    named = (
        ("graph-mediator", found.mediators, mediator),
        ("graph-changed", found.changed, changed),
        ("graph-collider", found.colliders, collider),
    )
    return tuple(
        CheckResult(name, "fail", sentence.format(fault.name, found.outcome, fault.path), True)
        for name, faults, sentence in named
        for fault in faults
    )


def _short(found: Identification) -> tuple[CheckResult, ...]:
    """Factors that the plan leaves out, and factors that nobody can put in."""
    missing = "{0} is on record and not adjusted for, which leaves a back door open ({1}). Add it to the covariates."
    unseen = (
        "Nobody recorded {0}, which leaves a back door open ({1}): "
        "a part of the difference may come from it, and only a bound on hidden bias can say how much."
    )
    return (
        *(CheckResult("graph-missing", "fail", missing.format(f.name, f.path), True) for f in found.missing),
        *(CheckResult("graph-unseen", "warn", unseen.format(f.name, f.path)) for f in found.unseen),
    )


def _notes(found: Identification, graph: CausalGraph) -> tuple[CheckResult, ...]:
    """Covariates that cost precision, are only half adjusted for, or that the graph does not mention."""
    checks = []
    for name in found.instruments:
        if name in graph.adjusted:
            sentence = (
                f"By the graph {name} decides who joins and touches {found.outcome} in no other way: "
                "adjusting for it adds noise, and enlarges any bias that is left."
            )
            checks.append(CheckResult("graph-instrument", "warn", sentence))
    for name in found.partly:
        sentence = f"The plan adjusts for {name} only as an indicator; the rest of it leaves its back door ajar."
        checks.append(CheckResult("graph-partly", "warn", sentence))
    if found.undrawn:
        sentence = f"The graph does not say what causes or follows from: {', '.join(found.undrawn)}."
        checks.append(CheckResult("graph-undrawn", "warn", sentence))
    return tuple(checks)
