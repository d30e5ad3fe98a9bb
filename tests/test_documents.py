"""README and docs: what they show works, and nothing in them is left open."""

import re
import tomllib
from pathlib import Path

from evolution.presets import build_config, preset_table

ROOT = Path(__file__).parent.parent


def test_readme__its_configuration_is_one() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    run, models = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    config = build_config(preset_table("quick"), tomllib.loads(run))
    assert (config.rounds, config.history, config.mutator.kind) == (10, 3, "mixed")
    assert len(config.sparring) > 20
    mutator = build_config(preset_table("quick"), tomllib.loads(models)).mutator
    assert (mutator.kind, mutator.bandit, len(mutator.llm.each_model())) == ("mixed", True, 2)


def test_documents__no_placeholders_and_no_dead_links() -> None:
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"@[A-Z]+@", text), path
        for name in re.findall(
            r"`((?:docs|examples|mars|tests|evolution|benchmarks)/[\w./-]+)`", text
        ):
            assert (ROOT / name).exists(), f"{path}: {name}"
