"""The arithmetic of an order: discounts, GST and freight, exact to the cent.

A price holds GST or does not (`inclusive`). GST is worked out on each line after discounts, rounded half up, so an
order's GST is the sum of its lines', and nothing is left to round at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """An amount with and without GST."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    rate: Decimal  # percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What the lines of an order come to."""

    subtotal: Decimal  # before discounts; with GST where prices are inclusive
    coupon: Decimal  # taken off
    loyalty: Decimal  # taken off
    shares: Sequence[Decimal]  # of coupon and loyalty together, per line
    lines: Sequence[Sum]  # after discounts


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def taxed(amount: Decimal, rate: Decimal, *, inclusive: bool) -> Sum:
    """`amount` in cents, with GST in it when `inclusive`; `rate` in percent."""
    if inclusive:
        tax = cents(amount * rate / (100 + rate))
        return Sum(net=amount - tax, tax=tax, gross=amount, rate=rate)
    tax = cents(amount * rate / 100)
    return Sum(net=amount, tax=tax, gross=amount + tax, rate=rate)


def settle(
    amounts: Sequence[tuple[Decimal, Decimal]],
    *,
    inclusive: bool,
    coupon_type: str | None = None,
    coupon_value: Decimal = ZERO,
    loyalty: Decimal = ZERO,
) -> Settled:
    """`amounts` are (quantity × unit price in cents, GST rate) per line. `coupon_type` is percent or amount.

    Discounts never exceed what they are taken from.
    """
    subtotal = sum((amount for amount, _ in amounts), ZERO)
    coupon = ZERO
    if coupon_type == "percent":
        coupon = cents(subtotal * coupon_value / 100)
    elif coupon_type == "amount":
        coupon = cents(coupon_value)
    coupon = min(coupon, subtotal)
    loyalty = min(cents(loyalty), subtotal - coupon)
    shares = spread(coupon + loyalty, [amount for amount, _ in amounts])
    lines = [
        taxed(amount - share, rate, inclusive=inclusive) for (amount, rate), share in zip(amounts, shares, strict=True)
    ]
    return Settled(subtotal=subtotal, coupon=coupon, loyalty=loyalty, shares=shares, lines=lines)


def spread(discount: Decimal, amounts: Sequence[Decimal]) -> list[Decimal]:
    """Shares of `discount` in proportion to `amounts`, in whole cents that add up to it exactly."""
    whole = sum(amounts, ZERO)
    shares: list[Decimal] = []
    given = before = ZERO
    for amount in amounts:
        before += amount
        until = cents(discount * before / whole) if whole else ZERO
        shares.append(until - given)
        given = until
    return shares
