"""The Word document: columns as wide as what they hold, in the grid and in every cell."""

from __future__ import annotations

import io

import docx
import pytest

from outcomes.report.blocks import Column, ReportContent, SignOff, Table
from outcomes.report.word import render_word

CARD = Table(
    "Prices",
    (Column("Outcome"), Column("Price", numeric=True), Column("Evidence")),
    (("Entered accommodation that is kept for at least three months", "£1,200.50", "tenancy agreement or a letter"),),
)
PROSE = Table("Three", tuple(Column(name) for name in "abc"), (("words " * 40,) * 3,), prose=True)


def tables(*blocks: Table | SignOff) -> list[docx.table.Table]:
    content = ReportContent(title="T", subtitle="S", label="L", blocks=blocks, facts=())
    return list(docx.Document(io.BytesIO(render_word(content))).tables)


def millimetres(table: docx.table.Table) -> list[float]:
    return [round(column.width.mm, 1) for column in table.columns]


@pytest.mark.parametrize("block", [CARD, PROSE, SignOff(("Council",), "Agreed")])
def test_columns_fill_the_page_and_cells_agree_with_the_grid(block: Table | SignOff) -> None:
    (table,) = tables(block)
    assert abs(sum(millimetres(table)) - 174) < 1
    for row in table.rows:
        assert [round(cell.width.mm, 1) for cell in row.cells] == millimetres(table)


def test_a_price_has_room_on_one_line_and_words_have_the_rest() -> None:
    outcome, price, evidence = millimetres(tables(CARD)[0])
    assert price >= 9 * 1.9 + 4
    assert outcome > evidence > price


def test_columns_of_prose_are_alike_and_a_signature_has_room() -> None:
    assert len(set(millimetres(tables(PROSE)[0]))) == 1
    role, name, day, signature = millimetres(tables(SignOff(("Council",), "Agreed"))[0])
    assert min(name, signature) > 40
    assert day > 20
    assert role > name
