"""Energies by component: ``energy_estimation.yaml`` of Accelergy, ``….stats.txt`` of Timeloop.

Accelergy (Wu et al., ICCAD 2019) states picojoules; Timeloop (Parashar et al., ISPASS 2019) pico- or
femtojoules per computation, their number, and cycles.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from floorplans.diagnostics import Diagnostic, InputError, Problems, Span, listed, quoted
from floorplans.nodes import Node, composed
from floorplans.source import read_text


@dataclass(frozen=True, slots=True)
class EstimatedEnergy:
    """What a run took.

    Parameters
    ----------
    joules
        By component.
    cycles
        Clock cycles; None where the file does not say.
    """

    joules: Mapping[str, float]
    cycles: float | None = None


def read_energies(path: str | Path) -> EstimatedEnergy:
    """Read either file.

    Raises
    ------
    InputError
        Neither of them, or something in it that is no energy, with its line.
    """
    where = Path(path)
    text = read_text(where, Span(str(path)), {})
    if where.suffix in {".yaml", ".yml"}:
        return _accelergy(text, str(path))
    if "Summary Stats" in text:
        return _timeloop(text, str(path))
    message = "is neither an energy_estimation.yaml of Accelergy nor statistics of Timeloop ('Summary Stats')"
    raise InputError(Diagnostic(Span(str(path)), message))


def _accelergy(text: str, file: str) -> EstimatedEnergy:
    problems = Problems()
    root = composed(text, file, problems)
    table = root.child("energy_estimation")
    components = table.child("components") if table is not None else None
    if components is None or not isinstance(components.value, list):
        problems.add(root.span, "has no energy_estimation with a list of components")
    found: dict[str, float] = {}
    for node in components.value if components is not None and isinstance(components.value, list) else ():
        name, energy = node.child("name"), node.child("energy")
        if name is None or not isinstance(name.value, str) or not _is_energy(energy):
            got = quoted(energy.plain if energy is not None else None)
            problems.add(node.span, f"needs a name and an energy >= 0 in pJ (got {got})")
            continue
        assert energy is not None
        found[name.value] = found.get(name.value, 0.0) + float(energy.plain) / 1e12
    problems.raise_if_any()
    return EstimatedEnergy(found)


def _is_energy(node: Node | None) -> bool:
    value = node.plain if node is not None else None
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value < math.inf


_NUMBER = r"([0-9.]+(?:[eE][-+]?[0-9]+)?)"


def _timeloop(text: str, file: str) -> EstimatedEnergy:
    summary = text[text.index("Summary Stats") :]
    cycles = re.search(rf"^Cycles:\s*{_NUMBER}", summary, re.MULTILINE)
    computes = re.search(rf"^Computes\s*=\s*{_NUMBER}", summary, re.MULTILINE)
    table = re.search(r"^([pf])J/Compute\s*\n((?:[ \t]+\S.*\n?)+)", summary, re.MULTILINE)
    parts = {"Cycles:": cycles, "Computes =": computes, "pJ/Compute": table}
    if missing := [name for name, match in parts.items() if match is None]:
        raise InputError(Diagnostic(Span(file), f"its 'Summary Stats' have no {listed(missing)}"))
    assert cycles is not None
    assert computes is not None
    assert table is not None
    each = float(computes[1]) / (1e12 if table[1] == "p" else 1e15)
    rows = re.findall(rf"^\s+(.*?)\s*=\s*{_NUMBER}\s*$", table[2], re.MULTILINE)
    found = {name: float(value) * each for name, value in rows if name.casefold() != "total"}
    return EstimatedEnergy(found, float(cycles[1]))
