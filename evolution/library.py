"""The bundled warriors as evolution uses them: by name, in a fixed order, for one core."""

from mars.classics import bundled, bundled_sources
from mars.redcode import Warrior
from mars.settings import CoreSettings


def bundled_by_name(settings: CoreSettings) -> dict[str, Warrior]:
    """Every bundled warrior that fits these rules, by its file's name, in alphabetical order."""
    names = {source: name for name, source in bundled_sources().items()}
    fit = [warrior for group in bundled(settings).values() for warrior in group]
    by_name = {names[warrior.source]: warrior for warrior in fit}
    return {name: by_name[name] for name in sorted(by_name)}
