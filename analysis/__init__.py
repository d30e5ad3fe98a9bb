"""What the runs are for: generality, convergence, cycles, phylogeny, novelty.

Names are loaded when first used: `analysis.load("runs/demo")` reads a run folder into DataFrames,
`analysis.champions_of` and `analysis.warrior_of` assemble its warriors again.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.loading import RunData as RunData
    from analysis.loading import champions_of as champions_of
    from analysis.loading import load as load
    from analysis.loading import warrior_of as warrior_of

_HOMES = {
    "RunData": "loading",
    "champions_of": "loading",
    "load": "loading",
    "warrior_of": "loading",
}
__all__ = list(_HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'analysis' has no attribute {name!r}")
    return getattr(import_module(f"analysis.{_HOMES[name]}"), name)
