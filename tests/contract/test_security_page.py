"""docs/security.md names every scope and role there is, and what each is for."""

import re

from canbao.documents import DOCS
from libs.common.security.scopes import ROLES, SCOPES

PAGE = (DOCS / "security.md").read_text()


def test_lists_every_scope_with_what_it_allows():
    for scope, allows in SCOPES.items():
        assert f"| `{scope}` | {allows} |" in PAGE


def test_lists_every_role_with_its_scopes():
    for role, scopes in ROLES.items():
        row = re.search(rf"^\| `{role}` \| (.*) \|$", PAGE, re.MULTILINE)
        assert row, role
        assert tuple(row[1].replace("`", "").split()) == scopes
