"""Try an installed wheel, away from the checkout: `python -I installed_wheel.py` in the bare environment.

Not a pytest module: the environment it runs in holds the wheel and its run-time dependencies only.
"""

import json
import subprocess
import sys
from importlib import metadata, resources
from pathlib import Path

SMALL_DESIGN = "npu-custom"


def thermal(*arguments: str) -> str:
    """Run the console script of this environment and return its stdout; its failure is ours.

    Exit code 1 is a verdict on the design, not a failure.
    """
    program = Path(sys.executable).parent / "thermal"
    finished = subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False)
    if finished.returncode not in (0, 1):
        sys.exit(f"thermal {' '.join(arguments)}: exit code {finished.returncode}\n{finished.stderr}")
    return finished.stdout


def check(truth: object, message: str) -> None:
    """Leave with a message unless something holds."""
    if not truth:
        sys.exit(f"installed wheel: {message}")


def main() -> None:
    """Check origin, package files, help, materials and one solved design."""
    import thermal as facade

    installed = Path(facade.__file__).resolve()
    check(installed.is_relative_to(Path(sys.prefix).resolve()), f"thermal comes from {installed}")
    check(facade.__version__ == metadata.version("thermal-floorplan"), "two versions")
    for package, name in (
        ("floorplans", "materials.yaml"),
        ("floorplans", "py.typed"),
        ("thermal", "py.typed"),
    ):
        check(resources.files(package).joinpath(name).is_file(), f"{package}/{name} is missing")
    check("solve" in thermal("--help"), "thermal --help does not list solve")
    check("silicon" in thermal("materials"), "thermal materials does not list silicon")
    document = json.loads(thermal("solve", SMALL_DESIGN, "--json"))
    check(document["schema"].startswith("thermal-floorplan/solve/"), f"schema is {document['schema']}")
    check(document["blocks"] and document["layers"], "no blocks or layers in the solution")
    check(abs(document["energy_balance_rel"]) <= 1e-8, f"energy balance {document['energy_balance_rel']}")
    sys.stderr.write(f"installed wheel: {metadata.version('thermal-floorplan')} works\n")


if __name__ == "__main__":
    main()
