"""Reduced models for other programs: state space, SPICE, Foster and Cauer networks.

All of them hold leakage at its value at the reference; feed it back outside, as watts of the groups.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np

from thermal.kernels.arrays import Floats
from thermal.report.wholefile import write_whole
from thermal.rom.model import Outputs, ReducedModel

ZERO_CELSIUS = 273.15
# Share of the whole resistance that a rung of a network may add, below which it is left out.
NEGLIGIBLE = 1e-9


def write(model: ReducedModel, path: Path, outputs: Outputs) -> None:
    """Write a model in the format that the suffix of `path` says: .npz, .mat, .cir or .json."""
    suffix = path.suffix.lower()
    if suffix == ".cir":
        content = spice(model, outputs).encode()
    elif suffix == ".json":
        names = outputs.names
        content = (json.dumps({n: networks(model, n) for n in names}, indent=1) + "\n").encode()
    else:
        sink = io.BytesIO()
        if suffix == ".mat":
            from scipy.io import savemat

            savemat(sink, state_space(model, outputs))  # type: ignore[arg-type]
        else:
            np.savez(sink, allow_pickle=False, **state_space(model, outputs))
        content = sink.getvalue()
    write_whole(path, content)


def state_space(model: ReducedModel, outputs: Outputs) -> dict[str, Floats]:
    """dx/dt = A x + B (u - u0), y = y0 + C x in K; names as arrays of text."""
    return {
        "A": np.diag(-model.rates),
        "B": model.inputs.T.copy(),
        "C": outputs.rows,
        "u0": model.u0,
        "y0": outputs.offset,
        "x_ambient": model.cold,
        "inputs": np.array(model.names),
        "outputs": np.array(outputs.names),
    }


def spice(model: ReducedModel, outputs: Outputs, name: str = "thermal_rom") -> str:
    """A subcircuit: volts at its inputs are watts (ambients: degC), volts at its outputs degC.

    Each state is a farad and a resistor; outputs are currents summed in an ohm.
    """
    ins = [f"in{j + 1}" for j in range(len(model.names))]
    outs = [f"out{i + 1}" for i in range(len(outputs.names))]
    lines = [f"* Reduced thermal model of {model.origin.design}, {model.states} states"]
    lines += [f"* {node} = {text}, W" for node, text in zip(ins[:-2], model.groups, strict=True)]
    lines += [f"* {node} = {text}, degC" for node, text in zip(ins[-2:], model.names[-2:], strict=True)]
    lines += [f"* {node} = mean of {text}, degC" for node, text in zip(outs, outputs.names, strict=True)]
    lines += _wrapped([".subckt", name, *ins, *outs])
    u0 = model.u0.copy()
    u0[-2:] -= ZERO_CELSIUS
    for i, rate in enumerate(model.rates.tolist()):
        lines += [f"C{i} x{i} 0 1", f"R{i} x{i} 0 {1.0 / rate:.15g}"]
        lines.append(f"I{i} x{i} 0 {float(u0 @ model.inputs[:, i]):.15g}")
        lines += [f"G{i}_{j} 0 x{i} {ins[j]} 0 {v:.15g}" for j, v in enumerate(model.inputs[:, i]) if v]
    for o, row in enumerate(outputs.rows):
        lines += [f"Ro{o} {outs[o]} 0 1", f"Io{o} 0 {outs[o]} {outputs.offset[o] - ZERO_CELSIUS:.15g}"]
        lines += [f"Go{o}_{i} 0 {outs[o]} x{i} 0 {v:.15g}" for i, v in enumerate(row) if v]
    return "\n".join([*lines, f".ends {name}"]) + "\n"


def _wrapped(words: list[str]) -> list[str]:
    """Words in lines of SPICE, continued with a plus."""
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) > 76:
            lines.append(line)
            line = "+"
        line = f"{line} {word}".strip()
    return [*lines, line]


def networks(model: ReducedModel, block: str) -> dict[str, object]:
    """Foster and Cauer networks of a block's mean over the watts of its group.

    The impedance is that of the group's whole power, not of the block's share. A Cauer network exists where
    no Foster rung is negative; `cauer` is None where one is, as with blocks heated by others of their group.
    """
    i = model.blocks.index(block)
    group = int(model.member[i])
    gain = model.rows[i] * model.inputs[group]
    rungs = np.abs(gain / model.rates) > NEGLIGIBLE * float(np.abs(gain / model.rates).sum())
    gain, rates = gain[rungs], model.rates[rungs]
    foster = [{"r_k_w": float(g / r), "c_j_k": float(1.0 / g)} for g, r in zip(gain, rates, strict=True)]
    positive = bool(np.all(gain > 0.0))
    return {
        "group": model.names[group],
        "resistance_k_w": float(np.sum(gain / rates)),
        "foster": foster,
        "cauer": cauer(gain, rates) if positive else None,
    }


def cauer(gain: Floats, rates: Floats) -> list[dict[str, float]]:
    """The ladder with the impedance sum of gain / (s + rate), from the heated node to the ambient.

    By Lanczos' method, started from sqrt(gain), which is stable where continued fractions are not: the
    tridiagonal matrix it finds is that of the ladder, scaled to unit capacities.
    """
    v = np.sqrt(gain)
    total = float(v @ v)
    kept = [v / np.sqrt(total)]
    diagonal: list[float] = []
    beside: list[float] = []
    while True:
        w = rates * kept[-1]
        diagonal.append(float(w @ kept[-1]))
        basis = np.array(kept)
        for _ in range(2):
            w = w - basis.T @ (basis @ w)
        norm = float(np.linalg.norm(w))
        if len(kept) == rates.size or norm < 1e-13 * float(rates.max()):
            break
        beside.append(norm)
        kept.append(w / norm)
    ladder: list[dict[str, float]] = []
    c, before = 1.0 / total, 0.0
    for k, d in enumerate(diagonal):
        g = d * c - before
        ladder.append({"c_j_k": c, "r_k_w": 1.0 / g})
        if k < len(beside):
            c, before = g * g / (c * beside[k] ** 2), g
    return ladder
