"""The project's own rules, as small checks over the syntax trees of its sources.

Each rule is a function from a parsed `Source` to findings; `RULES` lists them with the paths they hold for and the
places that are allowed, each with its reason. `tests/architecture` runs them all and shows that each of them can fail.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PRODUCTION = ("libs/common", "services", "gateway", "cli")
ALL_PYTHON = (*PRODUCTION, "sandbox", "tools", "tests")

FILE_LINES = 500
FUNCTION_LINES = 60
BANNED_NAMES = {"utils", "util", "helpers", "helper", "misc", "base", "manager", "constants"}
MIGRATION_NAME = re.compile(r"^\d{4}_[a-z0-9_]+\.sql$")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SQL_METHODS = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "cursor", "prepare", "copy_from_query"}


@dataclass(frozen=True)
class Source:
    """One file: its path from the root, its text, its tree."""

    path: str
    text: str
    tree: ast.Module

    @classmethod
    def parse(cls, path: str, text: str) -> Source:
        return cls(path, text, ast.parse(text))


@dataclass(frozen=True)
class Finding:
    """A place that breaks a rule."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


Check = Callable[[Source], Iterator[Finding]]


@dataclass(frozen=True)
class Rule:
    """A check, the folders it holds for, and what is exempt: path prefix → reason."""

    name: str
    check: Check
    where: tuple[str, ...]
    exempt: dict[str, str] = field(default_factory=dict)

    def findings(self, source: Source) -> list[Finding]:
        if not source.path.startswith(tuple(f"{folder}/" for folder in self.where)):
            return []
        if any(source.path.startswith(prefix) for prefix in self.exempt):
            return []
        return list(self.check(source))


def sources(folders: tuple[str, ...] = ALL_PYTHON) -> Iterator[Source]:
    """Every Python file of the project below `folders`."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not {"node_modules", "__pycache__"} & set(path.parts):
                yield Source.parse(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


def _found(source: Source, node: ast.AST, what: str) -> Finding:
    return Finding(source.path, getattr(node, "lineno", 1), what)


def _called(node: ast.Call) -> str:
    """`a.b.c(…)` gives "a.b.c"."""
    return ast.unparse(node.func)


def file_is_small(source: Source) -> Iterator[Finding]:
    lines = source.text.count("\n")
    if lines > FILE_LINES:
        yield Finding(source.path, 1, f"{lines} lines; a file has at most {FILE_LINES}")


def functions_are_small(source: Source) -> Iterator[Finding]:
    for node in ast.walk(source.tree):
        if isinstance(node, FUNCTIONS):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield _found(source, node, f"{node.name} has {lines} lines; a function has at most {FUNCTION_LINES}")


def name_says_something(source: Source) -> Iterator[Finding]:
    if Path(source.path).stem.strip("_") in BANNED_NAMES:
        yield Finding(source.path, 1, "is named after a pattern; name it after what it holds")


def module_says_what_it_is(source: Source) -> Iterator[Finding]:
    if source.tree.body and not ast.get_docstring(source.tree):
        yield Finding(source.path, 1, "has no docstring: say what it is for")


def broad_except(source: Source) -> Iterator[Finding]:
    """Cleaning up and raising again is fine."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "BaseException"
            passes_on = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            if re.search(r"\b(Exception|BaseException)\b", caught) and not passes_on:
                yield _found(source, node, "catches everything: name the errors, or let them through")


def own_clock(source: Source) -> Iterator[Finding]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and re.search(r"\b(datetime|date)\.(now|utcnow|today)$", _called(node)):
            yield _found(source, node, "asks the machine for the time: take a Clock, or `now` from the caller")


def no_sleep(source: Source) -> Iterator[Finding]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and _called(node) in {"asyncio.sleep", "time.sleep", "sleep"}:
            yield _found(source, node, "sleeps: answer `Outcome.again(after=…)`, or poll in an adapter with a deadline")


def sql_is_constant(source: Source) -> Iterator[Finding]:
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        if node.func.attr in SQL_METHODS and isinstance(node.args[0], ast.JoinedStr | ast.BinOp):
            yield _found(source, node, "builds SQL from text: use a named statement and parameters")


def _is_transaction(item: ast.withitem) -> bool:
    return isinstance(item.context_expr, ast.Call) and _called(item.context_expr).endswith(".transaction")


_PORTS = re.compile(r"\b(inbox|delivery|remote_log|view|processing|mailer|store|source|api)\.[a-z_]+$")


def no_remote_call_in_transaction(source: Source) -> Iterator[Finding]:
    """A port is a plain noun held by the service (`self.inbox`, `self.ports.view`): no await on it in a transaction."""
    for block in ast.walk(source.tree):
        if isinstance(block, ast.AsyncWith) and any(_is_transaction(item) for item in block.items):
            for node in ast.walk(block):
                call = node.value if isinstance(node, ast.Await) else None
                if isinstance(call, ast.Call) and _PORTS.search(_called(call)):
                    yield _found(source, node, "calls an outside system while a transaction is open")


def imports_on_top(source: Source) -> Iterator[Finding]:
    for function in ast.walk(source.tree):
        if isinstance(function, FUNCTIONS):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield _found(source, node, "imports inside a function")


def no_patching(source: Source) -> Iterator[Finding]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
            if any(name.startswith("unittest.mock") or name in {"mock", "pytest_mock"} for name in names):
                yield _found(source, node, "patches: give a fake through Resources, or start the stand-in server")


def tests_assert_something(source: Source) -> Iterator[Finding]:
    for node in ast.walk(source.tree):
        if isinstance(node, FUNCTIONS) and node.name.startswith("test_"):
            text = ast.unparse(node)
            if not re.search(r"\bassert\b|raises\(|\bassert_|\bcheck_|\bexpect|\bwait_for\(", text):
                yield _found(source, node, f"{node.name} asserts nothing")


_DOES_SQL = re.compile(r"Repository$|^[A-Z_]+$|^sql$")


def repository_of_own_feature(source: Source) -> Iterator[Finding]:
    """`services/<s>/<feature>/repository.py` is for its own feature; others may use its rows' types, no more."""
    parts = source.path.split("/")
    for node in ast.walk(source.tree):
        match = re.match(r"services\.(\w+)\.(\w+)\.repository$", (getattr(node, "module", None) or ""))
        if not isinstance(node, ast.ImportFrom) or not match:
            continue
        own = len(parts) >= 4 and (parts[1], parts[2]) == match.groups()  # noqa: PLR2004 - services/<s>/<feature>/<file>
        names = [alias.name for alias in node.names if _DOES_SQL.search(alias.name)]
        if names and not own:
            yield _found(source, node, f"uses another feature's repository ({', '.join(names)}); call its service")


_UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError|for now\b", re.IGNORECASE)


def nothing_unfinished(source: Source) -> Iterator[Finding]:
    for number, line in enumerate(source.text.splitlines(), 1):
        if _UNFINISHED.search(line):
            yield Finding(source.path, number, f"looks unfinished: {line.strip()[:60]}")


# What one service or one country calls things. `common` serves all five and knows none of it.
BUSINESS_NOUNS = re.compile(
    r"\b(invoices?|letture|warehouse|shipments?|bursar|fines?|alma|patrons?|librar(?:y|ies)|banks?|norma43|n43|"
    r"iban|members?hip|asanito|contacts|receipts|curves?|cups|beedata|meters?|contracts)\b",
    re.IGNORECASE,
)


def no_business_noun(source: Source) -> Iterator[Finding]:
    """Looks at names and strings, docstrings and comments left out: those may name the users of a module."""
    documented = {
        id(node.body[0].value)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(source.tree):
        words = ""
        if isinstance(node, ast.Name):
            words = node.id
        elif isinstance(node, ast.Attribute):
            words = node.attr
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            words = node.name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            words = node.value
        if BUSINESS_NOUNS.search(words.replace("_", " ")):
            yield _found(source, node, f"knows a business noun: {words[:60]!r}")


RULES = [
    Rule("file_is_small", file_is_small, ALL_PYTHON),
    Rule("functions_are_small", functions_are_small, ALL_PYTHON),
    Rule("name_says_something", name_says_something, ALL_PYTHON),
    Rule("module_says_what_it_is", module_says_what_it_is, (*PRODUCTION, "sandbox", "tools")),
    Rule(
        "broad_except",
        broad_except,
        PRODUCTION,
        {
            "libs/common/jobs/execute.py": "the job wrapper: a job may raise anything, each becomes an outcome",
            "libs/common/jobs/worker.py": "a worker's loops outlive every failure; each is logged and waited out",
            "libs/common/outbox.py": "the wrapper of outbox handlers: what one row raises is that row's error",
            "libs/common/shell.py": "the boundary of a service's app: a caller gets a problem, the log the rest",
            "gateway/main.py": "the boundary of the gateway's app",
        },
    ),
    Rule("own_clock", own_clock, PRODUCTION, {"libs/common/clock.py": "the one place that asks"}),
    Rule("no_sleep", no_sleep, ("services",), {}),
    Rule(
        "sql_is_constant",
        sql_is_constant,
        PRODUCTION,
        {"libs/common/migrate.py": "a role's name can't be a parameter of GRANT; it is checked to be a plain name"},
    ),
    Rule("no_remote_call_in_transaction", no_remote_call_in_transaction, ("services",)),
    Rule(
        "imports_on_top",
        imports_on_top,
        PRODUCTION,
        {
            "libs/common/process.py": "each command loads only what it needs",
            "libs/common/transfer/address.py": "drivers are extras: a service without SFTP has no asyncssh",
        },
    ),
    Rule("no_patching", no_patching, ("tests",)),
    Rule("tests_assert_something", tests_assert_something, ("tests",)),
    Rule("repository_of_own_feature", repository_of_own_feature, ("services",)),
    Rule("nothing_unfinished", nothing_unfinished, PRODUCTION),
    Rule("no_business_noun", no_business_noun, ("libs/common",)),
]
