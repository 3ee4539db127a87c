"""One question to a causal graph: what closes the back doors between the programme and an outcome.

Lives here: the calls of DoWhy and the paths by which a factor does harm.  Does not live here:
what the answer means for a plan (`identification.py`).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from outcomes.contract.causal_graph import PROGRAMME, CausalGraph

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["GraphQuestion", "open_path"]

_MOST_MEDIATORS = 10
"""DoWhy tries every set of them for the front door."""


@dataclass(frozen=True, slots=True, eq=False)
class GraphQuestion:
    """One outcome's question to the graph.

    DoWhy searches sets in the order of their hashes; numbers instead of names make that
    order the same in every run.  `dag` and `back` (no arrows out of the programme) hold numbers.
    """

    names: tuple[str, ...]
    dag: nx.DiGraph[int]
    back: nx.DiGraph[int]
    programme: int
    outcome: int
    descendants: frozenset[str]
    causes_of_outcome: frozenset[str]
    recorded: frozenset[str]
    unseen: frozenset[str]

    @classmethod
    def of(cls, graph: CausalGraph, outcome: str) -> GraphQuestion:
        """The graph in numbers, and who stands where in it."""
        import networkx as nx
        from dowhy.graph import do_surgery

        names = graph.factors
        number = {name: index for index, name in enumerate(names)}
        dag: nx.DiGraph[int] = nx.DiGraph()
        dag.add_nodes_from(range(len(names)))
        dag.add_edges_from((number[cause], number[effect]) for cause, effect in graph.arrows)
        programme, target = number[PROGRAMME], number[outcome]
        below = frozenset(names[i] for i in nx.descendants(dag, programme))
        unseen = frozenset(names) & frozenset(graph.unseen)
        return cls(
            names=names,
            dag=dag,
            back=do_surgery(dag, [programme], remove_outgoing_edges=True),
            programme=programme,
            outcome=target,
            descendants=below,
            causes_of_outcome=frozenset(names[i] for i in nx.ancestors(dag, target)),
            recorded=frozenset(names) - below - unseen - {PROGRAMME},
            unseen=unseen,
        )

    def numbers(self, names: frozenset[str] | set[str]) -> set[int]:
        return {index for index, name in enumerate(self.names) if name in names}

    def closed(self, given: frozenset[str] | set[str]) -> bool:
        """True when `given` closes every back door."""
        from dowhy.graph import check_valid_backdoor_set

        sets = [self.programme], [self.outcome], self.numbers(given)
        return bool(check_valid_backdoor_set(self.dag, *sets, new_graph=self.back)["is_dseparated"])

    def widest(self, including: frozenset[str] | set[str], allowed: frozenset[str]) -> frozenset[str]:
        """The set that closes every back door if any set of `allowed` with `including` in it does."""
        from dowhy.graph import get_ancestors

        start = {self.programme, self.outcome} | self.numbers(including)
        return frozenset(self.names[i] for i in get_ancestors(self.back, start) | start) & allowed | including

    def granted(self) -> frozenset[str]:
        """Unseen factors, as few as can be, without which nothing recorded closes every back door."""
        needed = self.unseen - self.descendants
        for name in sorted(needed):
            fewer = needed - {name}
            if self.closed(self.widest(frozenset(), self.recorded | fewer)):
                needed = fewer
        return needed

    def split(self, plan: frozenset[str] | set[str], granted: frozenset[str]) -> tuple[list[str], frozenset[str]]:
        """Factors of `plan` that keep a path open whatever is added, and the others."""
        allowed = self.recorded | granted
        if self.closed(self.widest(plan, allowed)):
            return [], frozenset(plan)
        kept, harmful = granted, list[str]()
        for name in sorted(plan - granted):
            more = kept | {name}
            if self.closed(self.widest(more, allowed)):
                kept = more
            else:
                harmful.append(name)
        return harmful, kept

    def smallest(self, including: frozenset[str], granted: frozenset[str]) -> frozenset[str]:
        """A set with `including` that closes every back door, and of which nothing else can be left out."""
        found = self.widest(including, self.recorded | granted)
        for name in sorted(found - including):
            if self.closed(found - {name}):
                found = found - {name}
        return found

    def enough(self) -> tuple[str, ...] | None:
        """DoWhy's own smallest set of recorded factors."""
        from dowhy.causal_identifier.auto_identifier import identify_generalized_adjustment_set

        recorded = sorted(self.numbers(self.recorded))
        sets = identify_generalized_adjustment_set(self.dag, [self.programme], [self.outcome], recorded)
        return tuple(sorted(self.names[i] for i in sets[0].get_adjustment_variables())) if sets else None

    def instruments(self) -> tuple[str, ...]:
        """Factors that decide who joins and touch the outcome in no other way."""
        from dowhy.graph import get_instruments

        return tuple(sorted(self.names[i] for i in get_instruments(self.dag, [self.programme], [self.outcome])))

    def front_door(self) -> tuple[str, ...]:
        """Recorded factors on the way that identify the effect without closing a back door."""
        from dowhy.causal_identifier.auto_identifier import identify_frontdoor

        on_the_way = self.descendants & self.causes_of_outcome
        seen = sorted(self.numbers(on_the_way - self.unseen))
        if len(seen) > _MOST_MEDIATORS:
            return ()
        found = identify_frontdoor(self.dag, [self.programme], [self.outcome], seen)
        return tuple(sorted(self.names[i] for i in found))

    def way(self, name: str, onward: bool) -> str:
        """How the programme reaches `name` and, where `onward`, the outcome after it."""
        import networkx as nx

        (middle,) = self.numbers({name})
        steps = nx.shortest_path(self.dag, self.programme, middle)
        if onward:
            steps = [*steps, *nx.shortest_path(self.dag, middle, self.outcome)[1:]]
        return self.draw(steps)

    def path(self, given: frozenset[str] | set[str]) -> str:
        """A shortest back-door path that `given` leaves open, with its arrows; empty where there is none."""
        return self.draw(open_path(self.back, self.programme, self.outcome, self.numbers(given)))

    def draw(self, steps: list[int]) -> str:
        """Names in a row with the arrows between them."""
        text = self.names[steps[0]] if steps else ""
        for here, after in pairwise(steps):
            text += f" {'→' if self.dag.has_edge(here, after) else '←'} {self.names[after]}"
        return text


def open_path(dag: nx.DiGraph[int], start: int, end: int, given: set[int]) -> list[int]:
    """The nodes of a shortest path from `start` to `end` that is open given `given`; empty where all are closed.

    Notes
    -----
    A path is closed at a node in `given` unless two arrows meet there, and at a node where
    two arrows meet unless it, or an effect of it, is in `given` (Pearl 2009, definition
    1.2.3).  The walk goes over pairs (node, came along an arrow), so no path is tried twice.
    """
    import networkx as nx

    opened = set(given).union(*(nx.ancestors(dag, node) for node in given))
    before: dict[tuple[int, bool], tuple[int, bool] | None] = {(start, False): None}
    queue = deque(before)
    while queue:
        state = queue.popleft()
        node, along = state
        if node == end:
            steps, back = [node], before[state]
            while back is not None:
                steps.append(back[0])
                back = before[back]
            return steps[::-1]
        onward = [(child, True) for child in sorted(dag.successors(node)) if node not in given]
        if node in opened if along else node not in given:
            onward += [(parent, False) for parent in sorted(dag.predecessors(node))]
        for after in onward:
            if after not in before:
                before[after] = state
                queue.append(after)
    return []
