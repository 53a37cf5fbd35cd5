"""`python -m benchmarks solve`, `… accuracy` and `… coverage`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import accuracy, coverage, steady
from benchmarks.machine import describe
from benchmarks.references import REFERENCES


def _cells(text: str) -> int:
    """Read `300000`, `0.3M` or `300k`."""
    factor = {"M": 1_000_000, "k": 1_000}.get(text[-1:], 1)
    number = float(text[:-1] if factor > 1 else text)
    if number * factor < 1000:
        raise argparse.ArgumentTypeError(f"needs at least 1000 cells, such as 0.1M or 100k (got {text})")
    return round(number * factor)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    solve = commands.add_parser("solve", help="this solver against references on the same matrices")
    solve.add_argument(
        "--sizes", type=_cells, nargs="+", default=steady.SIZES, metavar="CELLS", help="e.g. 0.1M 1M 10M"
    )
    solve.add_argument(
        "--references",
        nargs="*",
        choices=list(REFERENCES),
        default=list(REFERENCES),
        help="references to run (default: all; none given: this solver alone)",
    )
    solve.add_argument("--limit", type=float, metavar="SECONDS", help="stop a reference that takes longer")
    exact = commands.add_parser("accuracy", help="error over cells on an exact case, uniform against refined")
    bars = commands.add_parser("coverage", help="how often error bars contain the truth, over random cases")
    bars.add_argument(
        "--cases", type=int, default=coverage.CASES, help="layered packages with exact solutions"
    )
    bars.add_argument("--packages", type=int, default=coverage.PACKAGES, help="2.5D packages")
    bars.add_argument("--seed", type=int, default=coverage.SEED)
    for command in (solve, exact, bars):
        command.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers here")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a benchmark: progress to stderr, the table to stdout, JSON to a file."""
    given = _parser().parse_args(arguments)
    progress = Console(stderr=True)
    rows: list[Any] = []
    suite: Any = {"solve": steady, "accuracy": accuracy, "coverage": coverage}[given.command]
    machine = describe()
    progress.print(
        f"{machine['cores']} cores, triad {machine['triad_gb_s']} GB/s, load {machine['load_1min']}"
    )
    options: tuple[Any, ...] = ()
    if suite is steady:
        options = given.sizes, given.references, given.limit
    elif suite is coverage:
        options = given.cases, given.packages, given.seed
    for row in suite.run(*options):
        rows.append(row)
        progress.print(suite.line(row))
    Console(width=None if sys.stdout.isatty() else 120).print(suite.table(rows))
    if given.json:
        given.json.write_text(json.dumps(suite.document(rows, machine), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
