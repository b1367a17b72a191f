"""What replacing one mapping by another does to real records: counted per target field, with examples.

Records stream through and nothing of them is kept but counts and a few examples, so a million records need no more
memory than a hundred. A field is a target that one rule makes: `dimensions.length`; a list counts as one value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from engine.mapping.difference import exact, same, shown
from engine.mapping.outcomes import Dropped, Mapped, Outcome
from engine.mapping.program import Program
from engine.mapping.rules import Nested

Effect = Literal["changed", "emptied", "filled", "fails", "mended"]
EFFECTS: Final[tuple[Effect, ...]] = ("changed", "emptied", "filled", "fails", "mended")
SAID: Final[Mapping[Effect, str]] = {
    "changed": "change",
    "emptied": "become empty",
    "filled": "become filled",
    "fails": "start failing",
    "mended": "stop failing",
}
_DECIMAL_TEXT: Final = re.compile(r"-?\d{1,18}(\.\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactRecord:
    """One record to compare on."""

    key: str  # natural key or external id, to show
    payload: Any
    id: Any = None  # $id
    links: Any = None  # $links


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One record whose value changes."""

    key: str
    effect: Effect
    before: Any = None  # the value, or the message where the field failed
    after: Any = None
    words: str  # such as `1135.45 → 1249.00 (+10.0 %)`


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldImpact:
    """What happens to one target field."""

    field: str
    compared: int  # records that both mappings map
    counts: Mapping[Effect, int]  # changed includes neither emptied nor filled
    filled_before: int  # of `compared`
    filled_after: int
    examples: tuple[Example, ...]

    @property
    def affected(self) -> int:
        return sum(self.counts.values())

    @property
    def words(self) -> str:
        """Such as "312 change, 4 become empty"."""
        return ", ".join(f"{self.counts[effect]:,} {SAID[effect]}" for effect in EFFECTS if self.counts[effect])


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeChange:
    """Records whose outcome is another one."""

    before: str  # mapped | dropped | rejected
    after: str
    count: int
    examples: tuple[Example, ...]  # before and after are reasons in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """The whole comparison."""

    records: int
    affected: int  # records with any difference
    fields: tuple[FieldImpact, ...]  # those with an effect, most affected first
    outcomes: tuple[OutcomeChange, ...]  # those that change

    @property
    def share(self) -> float:
        """Affected records of all, 0 to 1: what a publish threshold looks at."""
        return self.affected / self.records if self.records else 0.0

    @property
    def summary(self) -> str:
        if not self.records:
            return "no records to compare on"
        if not self.affected:
            return f"none of {self.records:,} records changes"
        return f"{self.affected:,} of {self.records:,} records change ({self.share:.1%})"


@dataclass(slots=True)
class _Tally:
    """Running counts of one field."""

    compared: int = 0
    filled_before: int = 0
    filled_after: int = 0
    counts: dict[Effect, int] = field(default_factory=lambda: dict.fromkeys(EFFECTS, 0))
    examples: dict[Effect, list[Example]] = field(default_factory=lambda: {effect: [] for effect in EFFECTS})


class ImpactCounter:
    """Feed it records, ask it for the result at any time."""

    def __init__(
        self, before: Program, after: Program, *, settings: Any = None, now: Any = None, examples: int = 5
    ) -> None:
        self.before = before
        self.after = after
        self.bound = {"settings": settings, "now": now}
        self.examples = examples  # kept for each effect of each field
        self.records = 0
        self.affected = 0
        leaves = {**dict(_leaves(before.root, ())), **dict(_leaves(after.root, ()))}
        self.leaves = tuple(leaves.items())
        self.tallies = {name: _Tally() for name in leaves}
        self.outcomes: dict[tuple[str, str], list[Any]] = {}

    def add(self, record: ImpactRecord) -> None:
        """Map one record both ways and count what differs."""
        bound = {"id": record.id, "links": record.links, **self.bound}
        old, new = self.before.run(record.payload, **bound), self.after.run(record.payload, **bound)
        self.records += 1
        if isinstance(old, Mapped) and isinstance(new, Mapped):
            changed = self._compare(record.key, old.output, new.output)
        else:
            changed = self._compare_outcomes(record.key, old, new)
        self.affected += changed

    def _compare(self, key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        changed = False
        for name, path in self.leaves:
            tally = self.tallies[name]
            left, right = _at(old, path), _at(new, path)
            was, now = not _empty(left), not _empty(right)
            tally.compared += 1
            tally.filled_before += was
            tally.filled_after += now
            if left is right or same(left, right) or not (was or now):
                continue
            changed = True
            self._count(name, "changed" if was and now else "emptied" if was else "filled", key, left, right)
        return changed

    def _compare_outcomes(self, key: str, old: Outcome, new: Outcome) -> bool:
        was, now = _word(old), _word(new)
        left, right = _reasons(old), _reasons(new)
        for name in {**left, **right}:
            if name not in left:
                self._count(self._leaf(name), "fails", key, None, right[name])
            elif name not in right:
                self._count(self._leaf(name), "mended", key, left[name], None)
        if was != now:
            entry = self.outcomes.setdefault((was, now), [0, []])
            entry[0] += 1
            if len(entry[1]) < self.examples:
                words = f"{was} → {now}{_why(new)}"
                entry[1].append(Example(key=key, effect="changed", before=_said(old), after=_said(new), words=words))
        return was != now or left.keys() != right.keys()

    def _leaf(self, name: str) -> str:
        """The counted field that a failing target belongs to: `variants` for `variants[].price`."""
        around = name.split("[]", 1)[0]
        self.tallies.setdefault(around, _Tally())
        return around

    def _count(self, name: str, effect: Effect, key: str, left: Any, right: Any) -> None:
        tally = self.tallies[name]
        tally.counts[effect] += 1
        kept = tally.examples[effect]
        if len(kept) < self.examples:
            kept.append(Example(key=key, effect=effect, before=left, after=right, words=_words(effect, left, right)))

    def result(self) -> Impact:
        fields = [_field_impact(name, tally) for name, tally in self.tallies.items() if any(tally.counts.values())]
        outcomes = [
            OutcomeChange(before=was, after=now, count=count, examples=tuple(examples))
            for (was, now), (count, examples) in self.outcomes.items()
        ]
        return Impact(
            records=self.records,
            affected=self.affected,
            fields=tuple(sorted(fields, key=lambda found: -found.affected)),
            outcomes=tuple(sorted(outcomes, key=lambda found: -found.count)),
        )


def impact(
    before: Program,
    after: Program,
    records: Iterable[ImpactRecord],
    *,
    settings: Any = None,
    now: Any = None,
    examples: int = 5,
) -> Impact:
    """What replacing `before` by `after` does to `records`. Reads them once, keeps none."""
    counter = ImpactCounter(before, after, settings=settings, now=now, examples=examples)
    for record in records:
        counter.add(record)
    return counter.result()


def _leaves(nested: Nested, path: tuple[str, ...]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Target field → keys to it in the output, for every value that one rule makes."""
    for name, node in nested.fields:
        if isinstance(node, Nested):
            yield from _leaves(node, (*path, name))
        else:
            yield node.field, (*path, name)


def _at(output: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if not isinstance(output, dict):
            return None
        output = output.get(key)
    return output


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def _word(outcome: Outcome) -> str:
    return "mapped" if isinstance(outcome, Mapped) else "dropped" if isinstance(outcome, Dropped) else "rejected"


def _reasons(outcome: Outcome) -> dict[str, str]:
    if isinstance(outcome, Mapped | Dropped):
        return {}
    return {name: error.message for name, error in outcome.errors.items()}


def _said(outcome: Outcome) -> str:
    reasons = _reasons(outcome)
    return "; ".join(f"{name}: {message}" for name, message in reasons.items()) or _word(outcome)


def _why(outcome: Outcome) -> str:
    return f": {_said(outcome)}" if _reasons(outcome) else ""


def _words(effect: Effect, left: Any, right: Any) -> str:
    if effect in ("fails", "mended"):
        return f"fails: {right}" if effect == "fails" else f"no longer fails: {left}"
    before = "nothing" if left is None else shown(left, 40)
    after = "nothing" if right is None else shown(right, 40)
    return f"{before} → {after}{_percent(left, right)}"


def _percent(left: Any, right: Any) -> str:
    """How far a number moved, also one written as decimal text."""
    old, new = _number(left), _number(right)
    if old is None or new is None or not old:
        return ""
    return f" ({(new - old) / abs(old) * 100:+.1f} %)"


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float, Decimal)):
        return exact(value)
    return Decimal(value) if isinstance(value, str) and _DECIMAL_TEXT.fullmatch(value) else None


def _field_impact(name: str, tally: _Tally) -> FieldImpact:
    return FieldImpact(
        field=name,
        compared=tally.compared,
        counts=dict(tally.counts),
        filled_before=tally.filled_before,
        filled_after=tally.filled_after,
        examples=tuple(example for effect in EFFECTS for example in tally.examples[effect]),
    )
