"""Warriors one to one against every warrior of a folder that evolution never sees.

    python benchmarks/panel.py PANEL WARRIOR.red... [--fights 100]

Prints for each warrior: share of fights won, tied and lost; points per 100 fights (3 a win, 1 a
tie); share of the panel that it defeats (more wins than losses), and that it defeats or ties.
Warriors that assemble alike count once. Positions are those of seeds 0, 1, 2, …: one an opponent.
"""

from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.table import Table

import mars
from mars.settings import PRESETS, CoreSettings


def load_panel(folder: Path, settings: CoreSettings) -> list[mars.Warrior]:
    """All different warriors of a folder, by file name."""
    loaded = [mars.load(path, settings) for path in sorted(folder.glob("*.red"))]
    return list({warrior.id: warrior for warrior in loaded}.values())


@click.command()
@click.argument("panel", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument(
    "warriors",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--fights", default=100, show_default=True, help="Against each opponent.")
@click.option("--preset", type=click.Choice(list(PRESETS)), default="94nop", show_default=True)
@click.option("--workers", default=2, show_default=True)
def main(
    panel: Path, warriors: tuple[Path, ...], *, fights: int, preset: str, workers: int
) -> None:
    """Measure WARRIORS against PANEL."""
    settings = CoreSettings.preset(preset)
    opponents = load_panel(panel, settings)
    table = Table(title=f"{len(opponents)} opponents, {fights} fights each")
    for column in ("warrior", "won %", "tied %", "lost %", "points", "defeated %", "or tied %"):
        table.add_column(column, justify="left" if column == "warrior" else "right")
    for path in warriors:
        warrior = mars.load(path, settings)
        jobs = [
            mars.Battle((warrior, opponent), settings, fights=fights, seed=seed)
            for seed, opponent in enumerate(opponents)
        ]
        results = mars.battles(jobs, workers=workers)
        wins = np.array([result.wins[0] for result in results])
        losses = np.array([result.losses[0] for result in results])
        won, lost = (
            100 * wins.sum() / (fights * len(jobs)),
            100 * losses.sum() / (fights * len(jobs)),
        )
        table.add_row(
            path.stem,
            f"{won:.1f}",
            f"{100 - won - lost:.1f}",
            f"{lost:.1f}",
            f"{3 * won + 100 - won - lost:.0f}",
            f"{100 * (wins > losses).mean():.1f}",
            f"{100 * (wins >= losses).mean():.1f}",
        )
    Console(width=90).print(table)


if __name__ == "__main__":
    main()
