"""What stands in the side bar, in the settings menu, and in the list of keys."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the side bar."""

    section: str  # the `section` of the pages it leads to
    title: str
    path: str  # inside the workspace
    icon: str  # symbol in static/icons.svg


# None draws a line between two groups.
NAVIGATION: tuple[Entry | None, ...] = (
    Entry(section="dashboard", title="Dashboard", path="/", icon="dashboard"),
    Entry(section="connections", title="Connections", path="/connections", icon="plug"),
    Entry(section="mappings", title="Mappings", path="/mappings", icon="map"),
    Entry(section="lookups", title="Lookups", path="/lookups", icon="table"),
    Entry(section="syncs", title="Syncs", path="/syncs", icon="sync"),
    Entry(section="runs", title="Runs", path="/runs", icon="run"),
    None,
    Entry(section="settings", title="Settings", path="/settings/account", icon="gear"),
)

SETTINGS_PAGES: tuple[tuple[str, str], ...] = (
    ("Account", "/settings/account"),
    ("People", "/settings/people"),
    ("API keys", "/settings/keys"),
    ("Audit log", "/settings/audit"),
)

KEYBOARD: tuple[tuple[str, str], ...] = (
    ("/", "search on this page"),
    ("Ctrl K", "go to a page"),
    ("↑ ↓ Home End", "walk through fields and rules"),
    ("Enter", "open a rule, pick a field"),
    ("Alt M", "map the picked field to the rule in focus"),
    ("Alt S / Alt R", "to the source fields / to the rules"),
    ("A letter", "the next field or rule whose name begins with it"),
    ("Alt ← →", "previous and next sample"),
    ("F8", "next rule with a problem"),
    ("Ctrl Space", "complete a path or a function"),
    ("Esc", "close completion, then the rule"),
    ("Ctrl Z / Ctrl Shift Z", "undo and redo over the whole draft"),
    ("Ctrl Enter", "run the golden tests"),
    ("Alt P", "publish"),
    ("?", "these keys"),
)

# Said once on the page after a form that went well: `?done=key`.
DONE_WORDS: dict[str, str] = {
    "saved": "Saved.",
    "password": "Your password is changed. Your other sessions are signed out.",
    "added": "Added.",
    "removed": "Removed.",
    "published": "Published. Runs that start from now on use it.",
    "rolled-back": "Rolled back. Runs that start from now on use the earlier rules.",
    "base": "Taken into the draft. It goes live when you publish.",
    "tested": "Tested: the system answers.",
}
