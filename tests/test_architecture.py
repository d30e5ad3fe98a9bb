"""Keeps the rules that hold everywhere: who may import whom, and what nobody may use."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("mars", "llm_mutator", "evolution", "analysis")

# Who may import whom: one direction.
ALLOWED = {
    "mars": {"mars"},
    "llm_mutator": {"mars", "llm_mutator"},
    "evolution": {"mars", "llm_mutator", "evolution"},
    "analysis": {"mars", "llm_mutator", "evolution", "analysis"},
}
# `llm_mutator` never fights.
MARS_FOR_MUTATORS = {"assembler", "classics", "redcode", "rules", "settings", "source"}
# `analysis` asks a server for embeddings as chat models are asked, and never mutates.
LLM_FOR_ANALYSIS = {"completion", "connection", "faults", "secret", "wire"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "print"}
# Who writes to the terminal: files whose names have one of these words, and two that draw on it.
COMMAND_FILES = {"cli", "options", "reporting"}
DRAWING = {"mars/terminal.py", "evolution/experiment/board.py"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill", "random"}
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> Iterator[str]:
    """Full names of all modules that a file imports, also within functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: expected absolute imports"
            assert node.module is not None
            assert all(alias.name != "*" for alias in node.names), name_of(path)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports__go_one_way(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    for module in imports(path):
        first, *rest = module.split(".")
        if first in PACKAGES:
            assert first in ALLOWED[package], f"{name_of(path)} imports {module}"
        assert first != "redqueen"
        assert first != "tests"
        if package == "llm_mutator" and first == "mars" and rest:
            assert rest[0] in MARS_FOR_MUTATORS, f"{name_of(path)} imports {module}"
        if package == "analysis" and first == "llm_mutator":
            assert rest[:1] and rest[0] in LLM_FOR_ANALYSIS, f"{name_of(path)} imports {module}"


def test_imports__numba_only_in_the_kernel() -> None:
    users = [name_of(path) for path in MODULES if any("numba" in name for name in imports(path))]
    assert users == ["mars/kernel.py"]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules__use_nothing_forbidden(path: Path) -> None:
    used = set(imports(path)) - {"pickle.UnpicklingError"}
    assert not {name.split(".")[0] for name in used} & FORBIDDEN_MODULES
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in FORBIDDEN_CALLS, f"{name_of(path)}:{node.lineno}"
            # The old global generator of numpy.
            assert not called.startswith(("np.random.seed", "np.random.rand", "np.random.choice"))
            if called in ("click.echo", "click.secho", "echo", "secho"):
                may = name_of(path) in DRAWING or COMMAND_FILES & set(path.stem.split("_"))
                assert may, f"{name_of(path)}:{node.lineno} prints"
        if isinstance(node, ast.ExceptHandler):
            caught = "" if node.type is None else ast.unparse(node.type)
            reraises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            assert caught not in ("", "Exception") or reraises, f"{name_of(path)}:{node.lineno}"


def test_names__of_public_functions_are_not_modules() -> None:
    """`mars.battle` must be the function, whatever was imported before."""
    public = {path.stem for path in (ROOT / "mars").glob("*.py")}
    tree = ast.parse((ROOT / "mars" / "__init__.py").read_text(encoding="utf-8"))
    homes = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOMES"
    )
    assert not set(ast.literal_eval(homes)) & public
