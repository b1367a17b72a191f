"""The arithmetic of orders, for any amounts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox_shop.totals import settle, spread, taxed

CENTS = st.integers(0, 10_000_000).map(lambda cents: Decimal(cents) / 100)
RATES = st.sampled_from([Decimal(10), Decimal(15), Decimal(0)])


@pytest.mark.parametrize(
    ("amount", "rate", "inclusive", "net", "tax", "gross"),
    [
        ("110.00", "10", True, "100.00", "10.00", "110.00"),
        ("115.00", "15", True, "100.00", "15.00", "115.00"),
        ("14.95", "10", True, "13.59", "1.36", "14.95"),
        ("0.05", "10", True, "0.05", "0.00", "0.05"),
        ("0.06", "10", True, "0.05", "0.01", "0.06"),
        ("100.05", "10", False, "100.05", "10.01", "110.06"),  # half up, not to even
        ("24.00", "0", True, "24.00", "0.00", "24.00"),
    ],
)
def test_gst(amount: str, rate: str, inclusive: bool, net: str, tax: str, gross: str) -> None:
    found = taxed(Decimal(amount), Decimal(rate), inclusive=inclusive)
    assert (str(found.net), str(found.tax), str(found.gross)) == (net, tax, gross)


@given(CENTS, RATES, st.booleans())
def test_net_and_tax_make_gross(amount: Decimal, rate: Decimal, inclusive: bool) -> None:
    found = taxed(amount, rate, inclusive=inclusive)
    assert found.net + found.tax == found.gross
    assert abs(found.tax - found.net * rate / 100) <= Decimal("0.006")


@given(CENTS, st.lists(CENTS, min_size=1, max_size=20))
def test_shares_are_whole_cents_and_add_up(discount: Decimal, amounts: list[Decimal]) -> None:
    whole = sum(amounts, Decimal(0))
    shares = spread(min(discount, whole), amounts)
    assert sum(shares) == min(discount, whole)
    for share, amount in zip(shares, amounts, strict=True):
        assert share == share.quantize(Decimal("0.01"))
        assert Decimal("0") <= share <= amount + Decimal("0.01")


@given(
    st.lists(st.tuples(CENTS, RATES), min_size=1, max_size=12),
    st.booleans(),
    st.sampled_from(["percent", "amount", None]),
    CENTS,
    CENTS,
)
def test_discounts_never_exceed_what_they_come_off(
    amounts: list[tuple[Decimal, Decimal]], inclusive: bool, kind: str | None, value: Decimal, loyalty: Decimal
) -> None:
    settled = settle(amounts, inclusive=inclusive, coupon_type=kind, coupon_value=value, loyalty=loyalty)
    after = sum((line.gross if inclusive else line.net) for line in settled.lines)
    assert settled.subtotal - settled.coupon - settled.loyalty == after >= 0
    assert sum(settled.shares) == settled.coupon + settled.loyalty
