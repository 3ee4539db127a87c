"""What a graph says of a plan's covariates, beside a brute-force search over paths and sets."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain, combinations
from random import Random

import networkx as nx
import pytest

from outcomes.contract.causal_graph import CausalGraph, GraphNotation, read_graph
from outcomes.counterfactual.second_look.identification import Fault, graph_checks, identify
from outcomes.findings import CheckResult

EFFECT = "programme -> arrests"
ANSWERS = ("closes", "mediators", "changed", "colliders", "missing", "unseen", "instruments", "front_door")


def drawn(
    arrows: tuple[str, ...],
    covariates: tuple[str, ...] = (),
    unseen: tuple[str, ...] = (),
    recorded: tuple[str, ...] = (),
) -> CausalGraph:
    return read_graph(GraphNotation(arrows, ("arrests",), covariates, unseen, recorded), str)


def found(*args: tuple[str, ...], **terms: tuple[str, ...]) -> dict[str, CheckResult]:
    return {check.name: check for check in graph_checks(drawn(*args, **terms), "arrests")}


def test_covariates_that_close_every_back_door_pass() -> None:
    checks = found((EFFECT, "age -> programme, arrests"), ("age",))
    assert list(checks) == ["graph"]
    assert checks["graph"].state == "pass"


def test_a_confounder_on_record_that_is_left_out_blocks_and_is_named() -> None:
    checks = found((EFFECT, "age, sex -> programme, arrests"), ("age",), recorded=("sex",))
    assert checks["graph"].state == "fail"
    assert checks["graph-missing"].blocks
    assert "sex is on record" in checks["graph-missing"].sentence
    assert "programme ← sex → arrests" in checks["graph-missing"].sentence


def test_an_unseen_confounder_warns_and_names_its_path() -> None:
    checks = found((EFFECT, "age, mood -> programme, arrests"), ("age",), ("mood",))
    assert {name: check.state for name, check in checks.items()} == {"graph": "warn", "graph-unseen": "warn"}
    assert "programme ← mood → arrests" in checks["graph-unseen"].sentence


def test_an_unseen_factor_whose_path_is_closed_on_the_way_is_no_concern() -> None:
    checks = found((EFFECT, "mood -> age -> programme", "mood -> arrests"), ("age",), ("mood",))
    assert checks["graph"].state == "pass"


@pytest.mark.parametrize(
    ("arrows", "covariate", "name", "path"),
    [
        (("programme -> visits -> arrests",), "visits", "graph-mediator", "programme → visits → arrests"),
        ((EFFECT, "arrests -> prison"), "prison", "graph-changed", "programme → arrests → prison"),
        ((EFFECT, "programme -> diary"), "diary", "graph-changed", "programme → diary"),
        (
            (EFFECT, "mood -> programme, test", "home -> test, arrests"),
            "test",
            "graph-collider",
            "programme ← mood → test ← home → arrests",
        ),
    ],
)
def test_covariates_that_do_harm_block_with_the_reason(
    arrows: tuple[str, ...], covariate: str, name: str, path: str
) -> None:
    unseen = ("mood", "home") if covariate == "test" else ()
    checks = found(arrows, (covariate,), unseen)
    assert checks[name].blocks
    assert f"({path})" in checks[name].sentence
    assert "would be enough" in checks["graph"].sentence


def test_a_collider_whose_new_path_is_closed_by_another_covariate_is_harmless() -> None:
    arrows = (EFFECT, "mood -> programme, test", "home -> test, arrests")
    assert found(arrows, ("test", "mood"), ("home",))["graph"].state == "pass"


def test_where_a_factor_is_collider_and_confounder_no_choice_helps_and_the_plan_is_not_to_blame() -> None:
    arrows = (EFFECT, "mood -> programme, test", "home -> test, arrests", "test -> programme, arrests")
    checks = found(arrows, ("test",), ("mood", "home"))
    assert set(checks) == {"graph", "graph-unseen"}
    assert checks["graph"].state == "warn"


def test_harm_and_hidden_bias_are_told_apart_in_one_plan() -> None:
    arrows = (EFFECT, "mood -> programme, arrests", "wish -> programme, test", "home -> test, arrests")
    checks = found((*arrows, "age -> programme, arrests"), ("test",), ("mood", "wish", "home"), ("age",))
    assert checks["graph-collider"].blocks
    assert checks["graph-missing"].blocks
    assert "mood" in checks["graph-unseen"].sentence
    assert checks["graph"].state == "warn"


def test_instruments_and_front_doors_are_named() -> None:
    arrows = ("programme -> visits -> arrests", "mood -> programme, arrests", "distance -> programme")
    answer = identify(drawn(arrows, ("distance",), ("mood",), ("visits",)), "arrests")
    assert answer.instruments == ("distance",)
    assert answer.front_door == ("visits",)
    checks = found(arrows, ("distance",), ("mood",), ("visits",))
    assert checks["graph-instrument"].state == "warn"
    assert "instrument: distance" in checks["graph"].sentence


def test_a_covariate_outside_the_graph_and_one_that_is_only_half_used_are_noted() -> None:
    checks = found((EFFECT, "re74 -> programme, arrests"), ("re74 = 0", "shoe size"))
    assert "shoe size" in checks["graph-undrawn"].sentence
    assert "re74 only as an indicator" in checks["graph-partly"].sentence


def test_a_large_graph_is_answered_without_a_search_over_sets() -> None:
    many = tuple(f"x{i:02d}" for i in range(40))
    answer = identify(
        drawn((EFFECT, *(f"{x} -> programme, arrests" for x in many)), many[:39], (), many[39:]), "arrests"
    )
    assert [fault.name for fault in answer.missing] == ["x39"]
    assert answer.enough == many


# What follows is written independently: all sets, all paths.


def subsets(names: set[str]) -> Iterator[frozenset[str]]:
    order = sorted(names)
    return map(frozenset, chain.from_iterable(combinations(order, size) for size in range(len(order) + 1)))


def is_open(dag: nx.DiGraph, path: list[str], given: set[str]) -> bool:
    """By the definition: node by node along one path."""
    for before, node, after in zip(path, path[1:], path[2:], strict=False):
        if dag.has_edge(before, node) and dag.has_edge(after, node):
            if not ({node} | nx.descendants(dag, node)) & given:
                return False
        elif node in given:
            return False
    return True


def closes(dag: nx.DiGraph, given: set[str]) -> bool:
    """No back-door path is open: programme and outcome, arrows out of the programme cut."""
    paths = nx.all_simple_paths(dag.to_undirected(), "programme", "arrests")
    closed = not any(dag.has_edge(path[1], path[0]) and is_open(dag, path, given) for path in paths)
    cut = dag.copy()
    cut.remove_edges_from(list(dag.out_edges("programme")))
    assert closed == nx.is_d_separator(cut, {"programme"}, {"arrests"}, given), "two oracles agree"
    return closed


def random_graph(seed: int) -> CausalGraph:
    """A small graph; every other one has a collider between two unseen factors, every third two confounders."""
    dice = Random(seed)
    others = [f"f{i}" for i in range(dice.randint(2, 4))]
    order = [*others, "programme", "arrests"]
    dice.shuffle(order)
    if order.index("programme") > order.index("arrests"):
        i, j = order.index("programme"), order.index("arrests")
        order[i], order[j] = order[j], order[i]
    density = dice.choice((0.1, 0.25, 0.45))
    arrows = {pair for pair in combinations(order, 2) if dice.random() < density}
    if dice.random() < 0.8:
        arrows.add(("programme", "arrests"))
    else:
        arrows |= {("programme", "way"), ("way", "arrests")}
    hidden = set[str]()
    if seed % 2:
        arrows |= {("u1", "programme"), ("u1", "meet"), ("u2", "meet"), ("u2", "arrests")}
        hidden = {"u1", "u2"}
    for name in ("c1", "c2") if seed % 3 == 0 else ():
        arrows |= {(name, "programme"), (name, "arrests")}
    used = sorted({name for arrow in arrows for name in arrow} - {"programme", "arrests"})
    unseen = tuple(name for name in used if name in hidden or dice.random() < 0.3)
    adjusted = tuple(name for name in used if name not in unseen and dice.random() < 0.6)
    return CausalGraph(tuple(sorted(arrows)), adjusted, unseen, ("arrests",))


def test_the_random_graphs_show_every_kind_of_answer() -> None:
    seen = Counter[str]()
    for seed in range(600):
        answer = identify(random_graph(seed), "arrests")
        kinds = {name for name in ANSWERS if getattr(answer, name)}
        seen.update([*kinds, *map("+".join, combinations(sorted(kinds), 2))])
    wanted = (*ANSWERS, "colliders+missing", "colliders+unseen", "missing+unseen", "changed+colliders")
    assert {name: seen[name] for name in wanted if seen[name] < 5} == {}


def names(faults: tuple[Fault, ...]) -> set[str]:
    return {fault.name for fault in faults}


@pytest.mark.parametrize("start", range(0, 600, 100))
def test_the_answer_is_that_of_a_search_over_all_sets_and_paths(start: int) -> None:
    for seed in range(start, start + 100):
        graph = random_graph(seed)
        dag = nx.DiGraph(graph.arrows)
        answer = identify(graph, "arrests")
        after = nx.descendants(dag, "programme")
        free = set(dag) - after - {"programme"}
        recorded = free - set(graph.unseen)
        adjusted = set(graph.adjusted)
        assert names(answer.mediators) == adjusted & after & nx.ancestors(dag, "arrests")
        assert names(answer.changed) == (adjusted & after) - names(answer.mediators)
        assert answer.closes == (not adjusted & after and closes(dag, adjusted)), seed
        good = [set_ for set_ in subsets(recorded) if closes(dag, set(set_))]
        assert (answer.enough is None) == (not good), seed
        if answer.enough is not None:
            assert frozenset(answer.enough) in good
            assert not any(set_ < frozenset(answer.enough) for set_ in good), "none can be left out"
        unseen, colliders, missing = names(answer.unseen), names(answer.colliders), names(answer.missing)
        assert bool(unseen) == (not good), seed
        plan = adjusted - after
        allowed = recorded | unseen
        above = [set_ for set_ in subsets(allowed) if set_ >= plan | unseen and closes(dag, set(set_))]
        assert bool(colliders) == (not above), "a collider is one that no addition makes good"
        final = (plan - colliders) | missing | unseen
        assert closes(dag, final), seed
        for fault in (*answer.missing, *answer.unseen):
            assert_open(dag, fault, final - {fault.name})
        for fault in answer.colliders:
            assert_open(dag, fault, final | {fault.name})
            assert fault.name in fault.path or nx.ancestors(dag, fault.name) & set(fault.path.split())


def assert_open(dag: nx.DiGraph, fault: Fault, given: set[str]) -> None:
    """The path named is a back-door path of the graph, and open."""
    words = fault.path.split()
    path, signs = words[::2], words[1::2]
    assert (path[0], path[-1], signs[0]) == ("programme", "arrests", "←")
    assert len(set(path)) == len(path), "no node twice"
    for before, sign, node in zip(path, signs, path[1:], strict=False):
        assert dag.has_edge(before, node) if sign == "→" else dag.has_edge(node, before)
    assert is_open(dag, path, given)


def test_a_logarithm_and_a_declared_gap_adjust_for_the_whole_column() -> None:
    written = GraphNotation(
        ("age, pay, need -> programme, arrests", "programme -> arrests"),
        ("arrests",),
        ("log(pay + 1)", "age or missing", "need = 0"),
    )
    assert read_graph(written, str).partly == ("need",)
