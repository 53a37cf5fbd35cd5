"""What fits in memory: weights, state, and how many sequences beside them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from floorplans.diagnostics import Diagnostic, InputError
from power.hardware.accelerator import Accelerator
from power.workloads.phase import TrainingStep
from power.workloads.servable import Servable
from power.workloads.training import MOMENTS, saved_bytes

USABLE = 0.90
"""Share of the memory that a serving engine gives to weights and state; the rest is workspace."""

NARROWER = ("fp8", "int4")
"""Weight formats proposed where a model does not fit."""


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Memory of all devices together.

    Parameters
    ----------
    capacity
        Bytes that weights and state may take.
    weights
        Bytes of the weights.
    sequence
        Bytes of state per sequence at the context asked about.
    """

    capacity: float
    weights: float
    sequence: float

    @property
    def sequences(self) -> int:
        """Sequences that fit beside the weights; a very large number where they need no state."""
        left = self.capacity - self.weights
        if left < 0.0:
            return 0
        return int(left // self.sequence) if self.sequence > 0.0 else 2**31


def occupancy(
    model: Servable, hardware: Accelerator, context: float, *, devices: int = 1, usable: float = USABLE
) -> Occupancy:
    """Memory for `model` with sequences of `context` tokens on `devices` devices."""
    state = model.state_bytes(math.ceil(context))
    return Occupancy(hardware.main.capacity * devices * usable, float(model.weight_bytes), float(state))


def fitting(
    model: Servable,
    hardware: Accelerator,
    context: float,
    *,
    batch: float = 1.0,
    devices: int = 1,
    usable: float = USABLE,
) -> Occupancy:
    """As `occupancy`, for a batch that must fit.

    Raises
    ------
    InputError
        It does not: by how much, and what would.
    """
    found = occupancy(model, hardware, context, devices=devices, usable=usable)
    needed = found.weights + batch * found.sequence
    if needed <= found.capacity:
        return found
    where = f"{devices} x {hardware.name}" if devices > 1 else hardware.name
    state = f", {_size(batch * found.sequence)} state of {batch:g} x {math.ceil(context)} tokens"
    message = (
        f"{model.name} needs {_size(needed)} ({_size(found.weights)} weights{state if batch else ''}), "
        f"{_size(needed - found.capacity)} more than the {_size(found.capacity)} that {where} has for them; "
        f"what would fit: {'; '.join(_remedies(model, hardware, found, needed, usable))}"
    )
    raise InputError(Diagnostic(None, message))


def fitting_training(
    model: Servable, hardware: Accelerator, step: TrainingStep, *, devices: int = 1, usable: float = USABLE
) -> float:
    """Bytes that training takes: weights, gradients, moments, master copy, and inputs of every operator.

    Activations are kept, not recomputed.

    Raises
    ------
    InputError
        More than there is: by how much, and which batch would fit.
    """
    master = step.master.bytes_per_element
    moments = MOMENTS[step.optimiser] * master
    copy = master if step.master.bits > model.precision.weights.bits else 0.0
    fixed = 2.0 * model.weight_bytes + model.parameters * (moments + copy)
    saved = saved_bytes(model.graph(step.forward))
    capacity = hardware.main.capacity * devices * usable
    if fixed + saved <= capacity:
        return fixed + saved
    largest = int((capacity - fixed) // (saved / step.batch))
    remedy = f"a batch of {largest}" if largest >= 1 else "a smaller model, sgd, or a device with more memory"
    message = (
        f"training {model.name} needs {_size(fixed + saved)} ({_size(fixed)} weights, gradients and moments, "
        f"{_size(saved)} activations of {step.batch:g}), {_size(fixed + saved - capacity)} more than the "
        f"{_size(capacity)} that {hardware.name} has for them; what would fit: {remedy}"
    )
    raise InputError(Diagnostic(None, message))


def _remedies(
    model: Servable, hardware: Accelerator, found: Occupancy, needed: float, usable: float
) -> list[str]:
    remedies = []
    if found.sequences >= 1:
        remedies.append(f"a batch of {found.sequences}")
    elif found.capacity > found.weights and found.sequence:
        share = (found.capacity - found.weights) / found.sequence
        remedies.append(f"one sequence with about {share:.0%} of the state")
    if hardware.link is not None:
        remedies.append(f"{math.ceil(needed / (hardware.main.capacity * usable))} devices")
    for form in NARROWER:
        narrow = model.quantised(weights=form)
        if narrow.weight_bytes + (needed - found.weights) <= found.capacity:
            remedies.append(f"weights in {form} ({_size(float(narrow.weight_bytes))})")
            break
        left = found.capacity - narrow.weight_bytes
        if not found.sequences and found.sequence and left >= found.sequence:
            remedies.append(f"weights in {form} and a batch of {int(left // found.sequence)}")
            break
    return remedies or ["a smaller model, or more memory"]


def _size(size: float) -> str:
    return f"{size / 1e9:.3g} GB" if size >= 1e9 else f"{size / 1e6:.3g} MB"
