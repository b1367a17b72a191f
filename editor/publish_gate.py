"""The publish gate: whether files of a mapping set may go where they are to run, after what their check found.

Pages and commands ask here, so that neither lets through what the other holds.
"""

from __future__ import annotations

from dataclasses import dataclass

from editor.mapping.set_check import SetCheck
from editor.words import plural


@dataclass(frozen=True, kw_only=True)
class Held:
    """Why it may not go."""

    words: str  # what is wrong, and how to go on where a number does not help
    confirm: int | None = None  # the number that lets it pass, where there is one


def held(check: SetCheck, *, seen: str, typed: str = "", made_before: bool = False) -> Held | None:
    """What stands in the way; None: it may go.

    `seen` is the content hash of what somebody looked at, `typed` the number they confirmed with. A revision that was
    published once (`made_before`) may run again even where today's checks find problems in it."""
    if not check.ended:
        return Held(words="Records are still being compared. Publish when that is done.")
    if seen != check.hash:
        return Held(words="It was changed since you looked at it. Here is the new comparison.")
    if check.problem:
        return Held(words=f"It could not be checked: {check.problem}")
    if check.errors and not made_before:
        return Held(words=f"{plural(check.errors, 'problem')} {_verb(check.errors, 'has', 'have')} to be mended first.")
    needed = check.confirm if check.environment == "live" else None
    if needed is not None and typed.replace(",", "").replace(" ", "") != str(needed):
        return Held(words=_to_confirm(check), confirm=needed)
    return None


def _to_confirm(check: SetCheck) -> str:
    """What the number that has to be typed counts."""
    if not check.over:
        return f"{plural(check.failing, 'golden test')} {_verb(check.failing, 'fails', 'fail')}."
    come = f"{plural(check.affected, 'record')} {_verb(check.affected, 'comes', 'come')} out differently"
    return f"{come}, {check.share:.1%} of {check.records:,}; the limit is {check.limit * 100:g} %."


def _verb(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
