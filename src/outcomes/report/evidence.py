"""Why a result can be believed, or not: three other explanations, the comparison, the checks."""

from __future__ import annotations

import re

from outcomes.cohort.objects import Flow
from outcomes.counterfactual.objects import Balance
from outcomes.counterfactual.words import by_plan
from outcomes.figures.flow import flow_diagram
from outcomes.figures.love import love_plot
from outcomes.figures.score import score_plot
from outcomes.findings import CheckResult
from outcomes.numbers import show_number
from outcomes.report.blocks import Block, Heading, Paragraph
from outcomes.report.parts import figure_of, table_of, unit_of
from outcomes.report.words import result_sentences
from outcomes.run.objects import PlanRecord, Run

__all__ = ["checks", "comparison", "three_questions"]


def three_questions(run: Run) -> list[Block]:
    """Chance, regression to the mean, outside factors: each by name."""
    asked = dict.fromkeys((effect.design, effect.key.metric) for effect in run.effects)
    answers = {(design, metric): _two_answers(run, design, metric) for design, metric in asked or {("", ""): None}}
    rows = [("Chance", _chance(run))]
    for place, question in enumerate(("Regression to the mean", "Outside factors")):
        said: dict[str, list[str]] = {}
        for (_, metric), words in answers.items():
            said.setdefault(words[place], []).append(_title(run, metric))
        several = len(said) > 1
        lines = [f"{'; '.join(titles)}: {words}" if several else words for words, titles in said.items()]
        rows.append((question, " ".join(lines)))
    return [
        Heading("Was it the programme?"),
        table_of("Three other explanations", ("Explanation", "What is known"), rows),
    ]


def _title(run: Run, metric: str) -> str:
    terms = run.contract.terms.metrics.get(metric)
    return terms.title if terms is not None and terms.title else metric


def _trend_findings(run: Run, metric: str) -> str:
    """What was found of how the groups moved before the start."""
    names = ("trends", "pre-trend")
    mine = (effect for effect in run.effects if (effect.design, effect.key.metric) == ("did", metric))
    found = (check for effect in mine for check in effect.checks if check.name in names)
    return " ".join(dict.fromkeys(check.sentence for check in found))


def _two_answers(run: Run, design: str, metric: str) -> tuple[str, str]:
    """Regression to the mean and outside factors, as far as one design answers them."""
    if design == "experiment":
        mean = outside = "Who took part was decided by lot, so both groups would have moved alike."
    elif design == "did":
        mean = (
            "Changes are compared: had one group stood at an unusual level before the start, its return to the "
            "usual one would look like an effect."
        )
        outside = (
            "What moved both groups alike is taken off. What moved only one of them would look like an effect. "
            f"{_trend_findings(run, metric)}"
        ).rstrip()
    elif design in ("matching", "weighting", "synthetic"):
        mean = (
            "Both groups were chosen by what was known before the start, so both would return to "
            "their usual level alike, as far as those facts tell."
        )
        outside = (
            "A change that touched everyone touched the comparison group too. One that touched only "
            "the programme's people would look like an effect."
        )
    else:
        mean = (
            "Not answered: there is no comparison group here that would have returned to its usual "
            "level in the same way."
        )
        outside = (
            "Not answered by this run: a general trend would look like an effect."
            if design
            else "Not answered: nothing was compared."
        )
    if design == "published":
        mean = outside = "As far as the published study answers it: this run takes its figures as they stand."
    trends = list(dict.fromkeys(check.sentence for check in run.checks if check.name == "trend" and check.number))
    outside = " ".join(trends) if trends and design in ("baseline", "published", "none") else outside
    if design == "blend":
        mean = outside = "As far as the parts of the blend answer it: each is compared in its own way, shown below."
    return mean, outside


def _chance(run: Run) -> str:
    """How far chance could explain each result, without the payment."""
    if not run.effects:
        return "Not answered: this is a count, not an estimate, and nothing was compared."
    words = []
    for effect in run.effects:
        metric = run.contract.terms.metrics[effect.key.metric]
        sentences = result_sentences(effect, metric.better, metric.title or effect.key.metric, unit_of(run, effect))
        name = f"{metric.title or effect.key.metric}, {effect.key.cohort}{by_plan(effect, run.effects)}"
        words.append(f"{name}: {' '.join(sentences[2:])}")
    return " ".join(words)


def comparison(run: Run) -> list[Block]:
    """Who was compared, how alike they are, and the seal, plan by plan."""
    blocks: list[Block] = []
    for plan in run.plans:
        if plan.flow is None and plan.balance is None:
            continue
        blocks.append(Heading(f"The comparison: {plan.plan}"))
        blocks += [Paragraph(sentence) for sentence in plan.method]
        if plan.flow is not None:
            blocks.append(figure_of(flow_diagram(plan.flow), _flow_title(plan.flow, plan.plan), f"flow-{plan.plan}"))
        if plan.balance is not None:
            blocks += _balance(plan, plan.balance)
        if plan.score_spread is not None:
            title = (
                "The chance of being in the programme, by the covariates: above the line the programme's people, "
                f"below it those they are compared with ({plan.plan})"
            )
            blocks.append(figure_of(score_plot(plan.score_spread), title, f"score-{plan.plan}"))
        if plan.seal is not None:
            blocks.append(Paragraph(f"Sealed before outcomes were read: {plan.seal.comparison}", small=True))
    return blocks


def _flow_title(flow: Flow, plan: str) -> str:
    """What the flow shows: how many were left at its end."""
    first, last = flow.steps[0], flow.steps[-1]
    ends = f"{last.treated:,} of {first.treated:,} people of the programme and {last.comparison:,} of "
    return f"{ends}{first.comparison:,} others were left after the last step, \u201c{last.step}\u201d ({plan})"


def _balance(plan: PlanRecord, balance: Balance) -> list[Block]:
    worst = balance.worst()
    title = (
        "After matching or weighting the largest difference is "
        f"{show_number(abs(worst.smd_after), 2)} standard deviations ({worst.covariate})"
    )
    rows = [
        (
            row.covariate,
            show_number(row.treated_mean, 2),
            show_number(row.comparison_mean_before, 2),
            show_number(row.comparison_mean_after, 2),
            show_number(row.smd_before, 3),
            show_number(row.smd_after, 3),
        )
        for row in balance.rows
    ]
    titles = (
        "Covariate",
        "Programme",
        "Comparison before",
        "Comparison after",
        "Difference before (sd)",
        "Difference after (sd)",
    )
    note = (
        f"Programme {balance.n_treated:,}, comparison {balance.n_comparison:,}, worth "
        f"{show_number(balance.effective_comparison, 0)} people of equal weight. Standard deviations "
        "are those of the whole programme group."
    )
    return [
        figure_of(love_plot(balance), title, f"balance-{plan.plan}"),
        table_of(f"How alike the groups are: {plan.plan}", titles, rows, (1, 2, 3, 4, 5), note),
    ]


_ORDER = {"fail": 0, "warn": 1, "not assessable": 2, "pass": 3, "not applicable": 4}


def checks(run: Run) -> list[Block]:
    """Every check with its state in words; what blocks stands first."""
    if not run.checks:
        return []
    ordered = sorted(run.checks, key=lambda check: (not check.blocks, _ORDER[check.state]))
    several = len(run.effects) > 1
    rows = [(_name(check), _state(check), _of_effects(run, check) * several + check.sentence) for check in ordered]
    return [Heading("Checks"), table_of("Every check that was made", ("Check", "State", "What was found"), rows)]


def _name(check: CheckResult) -> str:
    """The name in words; dashes of a period such as 9/05-6/07 stay."""
    return re.sub(r"(?<=[a-z])-", " ", check.name)


def _of_effects(run: Run, check: CheckResult) -> str:
    """``Days in prison, by trial: `` before what was found on some of several results; empty else."""
    found = [effect for effect in run.effects if check in effect.checks]
    if not found or len(found) == len(run.effects):
        return ""
    named = (f"{_title(run, effect.key.metric)}, {effect.key.cohort}{by_plan(effect, run.effects)}" for effect in found)
    return f"{'; '.join(named)}: "


def _state(check: CheckResult) -> str:
    return (
        "fails, and blocks payment"
        if check.blocks
        else {"fail": "fails", "warn": "to note", "pass": "passes"}.get(check.state, check.state)
    )
