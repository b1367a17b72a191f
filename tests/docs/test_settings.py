"""docs/settings.md lists every setting, and nothing that is not one."""

import re

from editor.settings import PREFIX, Settings
from tests.presence import ROOT


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs/settings.md").read_text("utf-8")
    documented = re.findall(r"^\| `(CODI_[A-Z_]+)`", text, re.MULTILINE)
    assert documented == [PREFIX + name.upper() for name in Settings.model_fields]
