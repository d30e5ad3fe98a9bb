"""The rules of a core: sizes, limits, presets, and what combinations are possible."""

from dataclasses import dataclass, fields
from operator import index
from typing import Final, Self, SupportsIndex

from mars.redcode import Rules

MAX_CORE_SIZE: Final = 65_536
MAX_PROCESSES: Final = 65_535
MAX_CYCLES: Final = 1_000_000_000
MAX_WARRIORS: Final = 64


@dataclass(frozen=True)
class CoreSettings:
    """Settings of a fight; impossible ones are refused with the reason.

    The defaults are the preset `94nop`. Change one with `dataclasses.replace`.

    Attributes:
        core_size: Instructions in the core, 1 to 65,536.
        max_cycles: Cycles before a fight is tied, at least 1.
        max_processes: Longest process queue of a warrior, 1 to 65,535.
        max_length: Most instructions in a warrior.
        min_distance: Least distance between the warriors' first instructions.
        pspace_size: Cells of P-space; 0: there is none, LDP and STP are refused.
        rules: "94" (ICWS'94 draft with pMARS's additions) or "88" (ICWS'88).
    """

    core_size: int = 8000
    max_cycles: int = 80_000
    max_processes: int = 8000
    max_length: int = 100
    min_distance: int = 100
    pspace_size: int = 0
    rules: Rules = "94"

    def __post_init__(self) -> None:
        if self.rules not in ("88", "94"):
            raise ValueError(f"rules must be '88' or '94': got {self.rules!r}")
        for name, low, high in (
            ("core_size", 1, MAX_CORE_SIZE),
            ("max_cycles", 1, MAX_CYCLES),
            ("max_processes", 1, MAX_PROCESSES),
            ("max_length", 1, self.core_size),
            ("min_distance", 1, self.core_size),
            ("pspace_size", 0, self.core_size),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, SupportsIndex):
                raise TypeError(f"{name} must be an integer: got {value!r}")
            number = index(value)
            if not low <= number <= high:
                raise ValueError(f"{name} must be between {low} and {high}: got {number}")
            object.__setattr__(self, name, number)
        if self.min_distance < self.max_length:
            raise ValueError(
                "min_distance must not be less than max_length, or warriors could overlap: "
                f"got min_distance {self.min_distance}, max_length {self.max_length}"
            )

    @classmethod
    def preset(cls, name: str) -> Self:
        """The settings of a hill by name (see `PRESETS`).

        Raises:
            ValueError: There is no preset of this name.
        """
        if name not in PRESETS:
            raise ValueError(f"preset must be one of {', '.join(PRESETS)}: got {name!r}")
        chosen = PRESETS[name]
        return cls(**{field.name: getattr(chosen, field.name) for field in fields(chosen)})


def default_pspace_size(core_size: int) -> int:
    """pMARS's P-space size: core_size / k for the largest k <= 16 that divides it."""
    return next(core_size // k for k in range(16, 0, -1) if core_size % k == 0)


DEFAULT_SETTINGS: Final = CoreSettings()

PRESETS: Final[dict[str, CoreSettings]] = {
    "94nop": DEFAULT_SETTINGS,
    "94": CoreSettings(pspace_size=500),
    "88": CoreSettings(rules="88"),
    "94x": CoreSettings(55_440, 500_000, 10_000, 200, 200, pspace_size=3465),
    "icws": CoreSettings(8192, 100_000, 8000, 300, 300, rules="88"),
    "lp": CoreSettings(8000, 80_000, 8, 200, 200, pspace_size=500),
    "tiny": CoreSettings(800, 8000, 800, 20, 20),
    "nano": CoreSettings(80, 800, 80, 5, 5),
}
