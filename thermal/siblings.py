"""Ask whether the two packages beside this one are ours.

The wheel holds three import packages: `floorplans`, `power` and `thermal`. `power` is also the name of
somebody else's distribution, and a folder of that name in the working directory hides ours just as well.
Either would surface as a puzzling AttributeError far away, so `import thermal` asks first. Standard library
only: this runs before anything else.
"""

from importlib import metadata, util
from importlib.machinery import ModuleSpec
from pathlib import Path

DISTRIBUTION = "thermal-floorplan"
SIBLINGS = ("floorplans", "power")
HOUSE = Path(__file__).resolve().parent.parent


def check_siblings(names: tuple[str, ...] = SIBLINGS, house: Path = HOUSE) -> None:
    """Check that the sibling packages found on the import path are the ones installed with this one.

    Parameters
    ----------
    names : tuple of str
        Import names to look at; they are located, not imported.
    house : Path
        The folder that must hold them.

    Raises
    ------
    ImportError
        When a sibling is missing or foreign; names the file found, its distribution and the remedy.
    """
    for name in names:
        spec = util.find_spec(name)
        if spec is None or not spec.origin:
            raise ImportError(
                f"{DISTRIBUTION} is installed incompletely: its package '{name}' is missing from {house}; "
                f"reinstall it (pip install --force-reinstall {DISTRIBUTION})",
                name=name,
            )
        if not _is_ours(spec, house / name):
            raise ImportError(_clash(name, Path(spec.origin)), name=name, path=spec.origin)


def _is_ours(spec: ModuleSpec, expected: Path) -> bool:
    """Same folder, and marked as ours: two wheels can overwrite each other in one site-packages."""
    origin = Path(str(spec.origin)).resolve()
    mark = f'__distribution__ = "{DISTRIBUTION}"'
    return origin.parent == expected and mark in origin.read_text(encoding="utf-8", errors="replace")


def _clash(name: str, found: Path) -> str:
    owners = [owner for owner in metadata.packages_distributions().get(name, []) if owner != DISTRIBUTION]
    if owners:
        remedy = f"it belongs to the distribution '{owners[0]}': uninstall that (pip uninstall {owners[0]})"
    else:
        remedy = "it belongs to no installed distribution: rename that folder, or start Python elsewhere"
    return (
        f"{DISTRIBUTION} needs its own package '{name}', but Python finds {found}; {remedy}, "
        f"or give {DISTRIBUTION} a virtual environment of its own"
    )
