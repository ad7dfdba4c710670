"""Each rule of tools/checks.py is seen to fail on a planted violation: a check that can't fail checks nothing."""

from __future__ import annotations

import pytest

from tools.checks import RULES, Source

LONG_FUNCTION = "def long() -> None:\n" + "    pass\n" * 60

PLANTED = {
    "file_is_small": ("services/invoices/imports/service.py", "#\n" * 501),
    "functions_are_small": ("libs/common/app.py", LONG_FUNCTION),
    "name_says_something": ("services/invoices/helpers.py", '"""Things."""'),
    "module_says_what_it_is": ("gateway/proxy.py", "x = 1"),
    "broad_except": ("services/invoices/imports/service.py", "try:\n    f()\nexcept Exception:\n    pass"),
    "own_clock": ("services/invoices/sessions/service.py", "today = datetime.now(UTC)"),
    "no_sleep": ("services/invoices/dispatch/service.py", "async def f():\n    await asyncio.sleep(1)"),
    "sql_is_constant": ("gateway/users/repository.py", 'async def f(c, t):\n    await c.fetch(f"SELECT * FROM {t}")'),
    "no_remote_call_in_transaction": (
        "services/invoices/dispatch/service.py",
        "async def f(self):\n    async with self.db.transaction() as conn:\n        await self.delivery.put('x', b'')",
    ),
    "imports_on_top": ("libs/common/app.py", "def f():\n    import json\n    return json"),
    "no_patching": ("tests/common/test_app.py", "from unittest.mock import patch"),
    "tests_assert_something": ("tests/common/test_app.py", "def test_nothing():\n    f()"),
    "repository_of_own_feature": (
        "services/invoices/dispatch/service.py",
        "from services.invoices.imports.repository import ImportRepository",
    ),
    "nothing_unfinished": ("cli/main.py", "# TODO later"),
    "no_business_noun": ("libs/common/jobs/worker.py", "invoice_count = 1"),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_fails_on_a_planted_violation(rule) -> None:
    path, text = PLANTED[rule.name]
    assert rule.findings(Source.parse(path, text)), f"{rule.name} did not notice {text[:80]!r}"
