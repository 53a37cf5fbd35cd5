"""The small package, solved on a coarse mesh; once a process."""

from functools import cache
from pathlib import Path

from thermal.design import load
from thermal.mesh.resolution import Resolution
from thermal.solution import Solution
from thermal.steady import solve

FILE = Path(__file__).with_name("small.yaml")
COARSE = Resolution(scale=4.0, base=16.0)


@cache
def solved(scenario: str | None = None) -> Solution:
    """The solution of the base or of a scenario."""
    return solve(load(FILE), resolution=COARSE, scenario=scenario)
