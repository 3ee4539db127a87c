"""What causes what, as an evaluation plan writes it down: reading the arrows, and every fault of them at once.

Lives here: the notation and its problems.  Does not live here: what the graph means for the
plan's covariates (`identification.py`).  Nothing here needs people, outcomes or a library.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from outcomes.contract.covariate_terms import columns_of, parse_terms
from outcomes.errors import InputError, Problem

__all__ = ["PROGRAMME", "CausalGraph", "GraphNotation", "Place", "graph_problems", "read_graph"]

PROGRAMME = "programme"
"""The name that stands for being in the programme."""

_MOST_ARROWS = 2_000

Place = Callable[[tuple[str | int, ...]], str]
"""From a path inside the plan, such as ``("graph", 2)``, to a place that a user can open."""


@dataclass(frozen=True, slots=True)
class GraphNotation:
    """A causal graph as it is written, with the names it may use.

    Attributes
    ----------
    arrows : tuple of str
        ``age -> programme``; a chain ``a -> b -> c`` and lists ``age, race -> programme`` are
        several arrows in one line.
    metrics, covariates : tuple of str
        Outcomes of the plan, and what it adjusts for; ``re74 = 0`` is the column ``re74``.
    unseen : tuple of str
        Factors that nobody recorded.
    recorded : tuple of str
        Factors on record that the plan does not adjust for.
    """

    arrows: tuple[str, ...]
    metrics: tuple[str, ...]
    covariates: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    recorded: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns behind the covariates, each once."""
        return columns_of(self.covariates)


@dataclass(frozen=True, slots=True)
class CausalGraph:
    """A graph without faults: no cycle, only known names, and a way from the programme to each outcome.

    Attributes
    ----------
    arrows : tuple of (cause, effect), sorted, each once
    adjusted : tuple of str
        Columns that the plan adjusts for, drawn or not.
    unseen : tuple of str
    outcomes : tuple of str
    partly : tuple of str
        Of `adjusted`, those that enter only as an indicator such as ``re74 = 0``.
    """

    arrows: tuple[tuple[str, str], ...]
    adjusted: tuple[str, ...]
    unseen: tuple[str, ...]
    outcomes: tuple[str, ...]
    partly: tuple[str, ...] = ()

    @property
    def factors(self) -> tuple[str, ...]:
        """Every name that an arrow touches, sorted."""
        return tuple(sorted({name for arrow in self.arrows for name in arrow}))


def read_graph(notation: GraphNotation, where: Place) -> CausalGraph:
    """The graph that is written, or every problem with it at once.

    Raises
    ------
    InputError

    Examples
    --------
    >>> written = GraphNotation(("age -> programme, arrests", "programme -> arrests"), ("arrests",), ("age",))
    >>> read_graph(written, str).arrows
    (('age', 'arrests'), ('age', 'programme'), ('programme', 'arrests'))
    """
    problems = list(graph_problems(notation, where))
    if problems:
        raise InputError(problems)
    arrows = {arrow for text in notation.arrows for arrow in _arrows(text)[0]}
    read = parse_terms(notation.covariates, notation.columns).terms
    alone = [term.factors[0] for term in read if len(term.factors) == 1]
    whole = {factor.column for factor in alone if factor.kind in ("column", "log")}
    partly = tuple(name for name in notation.columns if name not in whole)
    return CausalGraph(tuple(sorted(arrows)), notation.columns, notation.unseen, notation.metrics, partly)


def graph_problems(notation: GraphNotation, where: Place) -> Iterator[Problem]:
    """What is wrong with a graph as it is written, all in one pass.

    Parameters
    ----------
    notation : GraphNotation
    where : function from a path to a place
        Paths begin with ``graph``, ``unseen`` or ``recorded``.
    """
    known = (PROGRAMME, *notation.metrics, *notation.columns, *notation.unseen, *notation.recorded)
    if sum(_number_of_arrows(text) for text in notation.arrows) > _MOST_ARROWS:
        message = f"the graph has more than {_MOST_ARROWS:,} arrows."
        yield Problem("graph-too-large", where(("graph",)), message, "Draw what decides who joins and the outcome.")
        return
    yield from _name_problems(notation, where)
    drawn: dict[tuple[str, str], None] = {}
    for index, text in enumerate(notation.arrows):
        place = where(("graph", index))
        arrows, fault = _arrows(text)
        if fault:
            yield Problem("graph-arrow", place, f'"{text}" is not an arrow: {fault}.', "Write age -> programme.")
        for arrow in arrows:
            if arrow[0] == arrow[1]:
                yield Problem("graph-itself", place, f'"{arrow[0]}" is drawn as its own cause.', "Leave it out.")
            elif arrow in drawn:
                message = f'the arrow "{arrow[0]} -> {arrow[1]}" stands twice.'
                yield Problem("graph-twice", place, message, "Leave one out.")
            else:
                drawn[arrow] = None
        for name in dict.fromkeys(name for arrow in arrows for name in arrow):
            if name not in known:
                yield Problem("graph-name", place, f'"{name}" is not known.', _who_is(name, known))
    yield from _shape_problems(notation, list(drawn), where)


def _number_of_arrows(text: str) -> int:
    """How many arrows one line stands for, without making them."""
    sizes = [step.count(",") + 1 for step in text.split("->")]
    return sum(causes * effects for causes, effects in pairwise(sizes))


def _arrows(text: str) -> tuple[list[tuple[str, str]], str]:
    """Arrows (cause, effect) of one line, and what is wrong with the line; empty where nothing is."""
    if "<" in text:
        return [], "it points backwards; the cause stands first, and a common cause nobody saw is a name under unseen"
    steps = [[name.strip() for name in step.split(",")] for step in text.split("->")]
    if len(steps) < 2:
        return [], "there is no ->"
    if not all(name for step in steps for name in step):
        return [], "a name is missing"
    pairs = pairwise(steps)
    return [(cause, effect) for causes, effects in pairs for cause in causes for effect in effects], ""


def _name_problems(notation: GraphNotation, where: Place) -> Iterator[Problem]:
    """Names that mean two things, and declared names that no arrow uses."""
    used = {name for text in notation.arrows for arrow in _arrows(text)[0] for name in arrow}
    taken = {
        PROGRAMME: "the programme itself",
        **dict.fromkeys(notation.columns, "a covariate"),
        **dict.fromkeys(notation.metrics, "an outcome"),
    }
    if PROGRAMME in (*notation.columns, *notation.metrics):
        message = f'"{PROGRAMME}" stands for being in the programme, but a column or metric is called so.'
        yield Problem("graph-programme", where(("graph",)), message, "Give that column another name.")
    for name in sorted(set(notation.columns) & set(notation.metrics)):
        message = f'"{name}" is a covariate and an outcome.'
        yield Problem("graph-two-meanings", where(("graph",)), message, "Give one of them another name.")
    for key, names in (("unseen", notation.unseen), ("recorded", notation.recorded)):
        for index, name in enumerate(names):
            place = where((key, index))
            if name in taken:
                message = f'"{name}" is {taken[name]}, so it cannot stand under {key}.'
                yield Problem("graph-two-meanings", place, message, "Leave it out here, or give it another name.")
            elif name not in used:
                yield Problem("graph-unused", place, f'no arrow touches "{name}".', "Draw its arrows, or leave it out.")
            taken.setdefault(name, f"under {key} already")


def _shape_problems(notation: GraphNotation, drawn: list[tuple[str, str]], where: Place) -> Iterator[Problem]:
    """A cycle, and outcomes that the programme does not reach."""
    if not notation.arrows:
        yield Problem("graph-empty", where(("graph",)), "the graph has no arrow.", "Draw it, or leave graph out.")
        return
    cycle = _cycle(drawn)
    if cycle:
        message = f"the arrows go in a circle: {' -> '.join(cycle)}."
        hint = "What happens later cannot cause what came before: give the two times two names."
        yield Problem("graph-circle", where(("graph",)), message, hint)
    for metric in notation.metrics:
        if metric not in _reached(PROGRAMME, drawn):
            message = f'no arrows lead from {PROGRAMME} to "{metric}": the graph says that it cannot have an effect.'
            yield Problem("graph-no-path", where(("graph",)), message, f"Write {PROGRAMME} -> {metric}.")


def _cycle(arrows: Iterable[tuple[str, str]]) -> list[str]:
    """A circle of names, in the direction of the arrows, or nothing."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for cause, effect in arrows:
        sorter.add(effect, cause)
    try:
        sorter.prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _reached(start: str, arrows: list[tuple[str, str]]) -> set[str]:
    """All effects of `start`, near and far."""
    found, todo = set[str](), [start]
    while todo:
        cause = todo.pop()
        new = {effect for origin, effect in arrows if origin == cause} - found
        found |= new
        todo.extend(new)
    return found


def _who_is(name: str, known: tuple[str, ...]) -> str:
    """What an unknown name may have meant, and where to say what it is."""
    near = difflib.get_close_matches(name, list(dict.fromkeys(known)), n=2)
    meant = f"Did you mean {' or '.join(near)}? " if near else ""
    return f"{meant}Otherwise list it under covariates, recorded (known, not adjusted for) or unseen."
