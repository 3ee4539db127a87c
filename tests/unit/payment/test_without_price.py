"""Claims that were refused because the card has no price for them: the others are paid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from outcomes.errors import Refused
from outcomes.payment.pricing import price
from tests.unit.payment.build import AS_OF, count
from tests.unit.payment.test_refused import A, card, known


def test_a_refused_claim_without_a_price_does_not_stop_the_statement() -> None:
    north = replace(A, segment="north")
    paid = count(2, line="a", segment="north")
    refused = replace(count(0, line="a", segment="south"), claimed=1, rejected=1)
    alone, both = price(card(north), known(paid), AS_OF), price(card(north), known(paid, refused), AS_OF)
    assert both.due == alone.due > 0
    with pytest.raises(Refused, match="no price of a for south"):
        price(card(north), known(paid, count(1, line="a", segment="south")), AS_OF)
