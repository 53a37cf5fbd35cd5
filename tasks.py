"""Set up and go: `python3 tasks.py demo`, `python3 tasks.py test`.

Needs Python 3.11 or newer with venv, nothing else. Each task makes the virtual environment it needs (`.venv`
unless `--venv` says otherwise), installs this checkout into it, and runs there. A second run finds it ready.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
MINIMUM = (3, 11)
DEMO_DESIGN = "accel-2p5d"


class Environment:
    """A virtual environment with this checkout installed.

    Parameters
    ----------
    folder : Path
        Where the environment is, or will be.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.programs / ("python.exe" if os.name == "nt" else "python")

    def run(self, *command: object, cwd: Path = ROOT, accepted: tuple[int, ...] = (0,)) -> None:
        """Run a program of this environment; leave with its exit code unless that is accepted."""
        program, *arguments = [str(part) for part in command]
        # Nothing of the caller's Python may leak in: neither its modules nor its start-up hooks.
        surroundings = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        finished = subprocess.run(
            [str(self.programs / program), *arguments], cwd=cwd, env=surroundings, check=False
        )
        if finished.returncode not in accepted:
            sys.exit(finished.returncode)

    def create(self) -> None:
        """Make the bare environment unless it is there."""
        if self.python.exists():
            return
        say(f"making the virtual environment {self.folder}")
        made = subprocess.run([sys.executable, "-m", "venv", str(self.folder)], check=False)
        if made.returncode:
            sys.exit("tasks.py: Python's venv module does not work here; install it (Debian: python3-venv)")

    def install(self, requirement: str, *options: str) -> None:
        """Install a requirement (a checkout with extras, a wheel) into the environment."""
        self.run("python", "-m", "pip", "install", "--quiet", *options, requirement)

    def with_checkout(self, extra: str = "") -> "Environment":
        """Install this checkout with the dependencies of an extra unless that is done; return self."""
        self.create()
        stamp = self.folder / f".installed-{extra or 'plain'}"
        wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
        if not stamp.exists() or stamp.read_text(encoding="ascii") != wanted:
            say(f"installing into {self.folder} (once; a minute or two)")
            self.install(f"{ROOT}[{extra}]" if extra else str(ROOT), "--editable")
            stamp.write_text(wanted, encoding="ascii")
        return self


def say(message: str) -> None:
    """Tell the person at the terminal what takes the time; stdout stays free for results."""
    print(f"tasks.py: {message}", file=sys.stderr, flush=True)


def demo(environment: Environment) -> None:
    """Report the shipped 2.5D accelerator in the terminal and as out/accel-2p5d.pdf."""
    out = ROOT / "out"
    out.mkdir(exist_ok=True)
    pdf = out / f"{DEMO_DESIGN}.pdf"
    # 1 says that a limit is not held, a finding about the design and no failure of the demonstration.
    environment.with_checkout().run(
        "thermal", "report", DEMO_DESIGN, "--map", "--output", pdf, accepted=(0, 1)
    )


def test(environment: Environment) -> None:
    """Run the test suite."""
    environment.with_checkout("dev").run("python", "-m", "pytest")


def lint(environment: Environment) -> None:
    """Check style, formatting, types and the direction of imports."""
    environment.with_checkout("dev")
    environment.run("ruff", "check")
    environment.run("ruff", "format", "--check")
    environment.run("mypy")
    environment.run("lint-imports")


def notebooks(environment: Environment) -> None:
    """Execute the notebooks from first cell to last."""
    environment.with_checkout("dev").run(
        "python", "-m", "pytest", "--nbmake", "--nbmake-timeout=300", "notebooks"
    )


def wheel(environment: Environment) -> None:
    """Build the wheel and try it in a second, bare environment, away from the checkout."""
    environment.with_checkout("dev")
    with tempfile.TemporaryDirectory(prefix="thermal-wheel-") as scratch:
        environment.run("python", "-m", "build", "--wheel", "--no-isolation", "--outdir", scratch)
        (built,) = Path(scratch).glob("*.whl")
        bare = Environment(Path(scratch) / "venv")
        bare.create()
        bare.install(str(built))
        bare.run("python", "-I", ROOT / "tests" / "packaging" / "installed_wheel.py", cwd=Path(scratch))


TASKS = {task.__name__: task for task in (demo, test, lint, notebooks, wheel)}


def main() -> None:
    """Run the task named on the command line."""
    # This file is the first that an old Python meets, so it says so in words.
    if sys.version_info < MINIMUM:
        sys.exit("tasks.py: Python 3.11 or newer is needed; this is {}.{}".format(*sys.version_info))
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"  {name:<10} {task.__doc__}" for name, task in TASKS.items()),
    )
    parser.add_argument("task", choices=TASKS)
    parser.add_argument(
        "--venv", type=Path, default=ROOT / ".venv", help="the environment to use (default: .venv)"
    )
    arguments = parser.parse_args()
    TASKS[arguments.task](Environment(arguments.venv.resolve()))


if __name__ == "__main__":
    main()
