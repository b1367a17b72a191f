"""What a run counts. The numbers agree: read = changed + unchanged + dropped + rejected."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Records by what became of them."""

    read: int = 0  # objects the source gave
    changed: int = 0  # records that got a new version
    unchanged: int = 0  # objects that said nothing new
    dropped: int = 0  # objects the `in` mapping leaves out
    rejected: int = 0  # objects the `in` mapping or the entity refused
    delivered: int = 0  # records the destination took
    same: int = 0  # changed records whose payload for the destination did not change
    withheld: int = 0  # records the filter or the `out` mapping keeps from the destination
    refused: int = 0  # records the `out` mapping or the destination refused

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(Counts)})

    def as_dict(self) -> dict[str, int]:
        return asdict(self)

    def summary(self) -> dict[str, int]:
        """The columns people see. A record is unchanged when nothing new was read and nothing had to be pushed."""
        return {
            "read": self.read,
            "changed": self.changed,
            "delivered": self.delivered,
            "unchanged": self.unchanged + self.same,
            "dropped": self.dropped + self.withheld,
            "rejected": self.rejected + self.refused,
        }
