"""Tables for the loop: what every iteration takes at every operating point, in seconds and in watts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from floorplans.diagnostics import Diagnostic, InputError
from power.activity import Activity
from power.deployment import Deployment
from power.dvfs import OperatingPoint, boost
from power.energy import Dissipation, dissipation, idle
from power.hardware.accelerator import Accelerator
from power.hardware.placement import spread
from power.host import host_named
from power.roofline import run
from power.workload_entry import BATCH, OUTPUT, PROMPT
from power.workloads.phase import Decode, Inference, Iteration, Phase, Prefill, TrainingStep
from thermal.kernels.arrays import Floats, Ints
from thermal.throttle.retimed import Retimed

if TYPE_CHECKING:
    from thermal.kernels.serving import Work

CLOCKS, SECOND_CLOCKS = 11, 5
"""Operating points along the ladder of the throttled clock, and of another one."""
SHARES = (0.1, 0.4, 0.7, 1.0)
"""Shares of the memory's bandwidth."""


@dataclass(frozen=True)
class Demand:
    """What iterations are made of.

    Attributes
    ----------
    kind
        See `thermal.kernels.serving`.
    slots
        Most sequences or inputs at a time.
    prompt, output
        Mean tokens of a request.
    longest
        Most tokens of a sequence.
    chunk
        Prompt tokens in an iteration.
    """

    kind: int
    slots: int
    prompt: float
    output: float
    longest: float
    chunk: float


def sorted_nodes(last: int) -> Floats:
    """0, 1, 2, 4 … up to `last`."""
    nodes = [0, 1]
    while nodes[-1] * 2 < last:
        nodes.append(nodes[-1] * 2)
    return np.array(sorted({*nodes, last}), float)


@dataclass(frozen=True, eq=False)
class Device:
    """A way of serving on its hardware, with its watts by group of a reduced model.

    Attributes
    ----------
    deployment
        Model, hardware, host.
    blocks, member, groups
        Names of blocks, the group of each, and the number of groups.
    domains
        Clocks that controllers move: the throttled one first.
    constant
        ``[groups]`` W of blocks that the hardware does not name.
    """

    deployment: Deployment
    blocks: tuple[str, ...]
    member: Ints
    groups: int
    domains: tuple[str, ...]
    constant: Floats

    @property
    def hardware(self) -> Accelerator:
        """The accelerator."""
        return self.deployment.hardware

    @cached_property
    def shares(self) -> dict[str, Floats]:
        """``[groups]`` of each component's watts."""
        areas = self.deployment.areas or {}
        index = {name: int(g) for name, g in zip(self.blocks, self.member, strict=True)}
        found = {}
        for name, weights in self.hardware.placements().items():
            row = np.zeros(self.groups)
            for block, share in spread(weights, areas).items():
                row[index[block]] += share
            found[name] = row
        return found

    @property
    def top(self) -> OperatingPoint:
        """Every clock at its highest."""
        return boost(self.hardware, self.deployment.entry.junction_c)

    def watts(self, burnt: Dissipation) -> tuple[Floats, Floats]:
        """``[groups]`` W without leakage, and of leakage with what regulators lose on it."""
        plain, leaking = self.constant.copy(), np.zeros(self.groups)
        for each in burnt.contributions:
            if each.watts and not each.off_package:
                (leaking if each.beta else plain)[:] += each.watts * self.shares[each.component]
        return plain, leaking

    def channels(self, burnt: Dissipation) -> Floats:
        """Board and leakage, W of clock domains, W of groups."""
        plain, leaking = self.watts(burnt)
        if not self.deployment.device_leakage:
            leaking[:] = 0.0
            burnt = burnt.unheated
        domains = dict.fromkeys(self.domains, 0.0)
        for each in burnt.contributions:
            part = self.hardware.components.get(each.component)
            part_of = (
                each.component[6:] if each.component.startswith("clock/") else getattr(part, "clock", "")
            )
            if part_of in domains and not each.beta:
                domains[part_of] += each.watts
        board = burnt.board + float(self.constant.sum())
        return np.array([board, leaking.sum(), *domains.values(), *plain])

    def phase(self, demand: Demand, n: float, context: float, prompt: float) -> tuple[Phase, float]:
        """What an iteration does, and the sequences that the host handles."""
        from thermal.kernels.serving import BATCHES

        entry = self.deployment.entry
        if demand.kind == BATCHES:
            if entry.serving == "training":
                return TrainingStep(n, entry.tokens, entry.optimiser), n
            return Inference(n, entry.tokens), n
        past = max(0.0, 0.5 * (demand.prompt - prompt))
        logits = min(1.0, prompt / demand.prompt)
        if not prompt:
            return Decode(n, context), n
        filled = Prefill(1.0, prompt, past, logits)
        return (Iteration((Decode(n, context), filled)), n + 1.0) if n else (filled, 1.0)

    def activity(self, phase: Phase, sequences: float) -> Activity:
        """At the highest clocks."""
        entry, model = self.deployment.entry, self.deployment.model
        assert model is not None
        host = host_named(entry.host, self.hardware.constants)
        return run(
            model.graph(phase),
            self.hardware,
            self.top,
            host=host,
            devices=entry.devices,
            sequences=sequences,
        )


def made(deployment: Deployment, blocks: tuple[str, ...], member: Ints, power: Mapping[str, float]) -> Device:
    """A deployment with the groups of a reduced model.

    Raises
    ------
    InputError
        It counts the activity of another program, which cannot be put at other clocks.
    """
    if deployment.model is None:
        message = "the throttle loop needs a model: activity that was counted elsewhere has no other clocks"
        raise InputError(Diagnostic(None, message, "workload.activity"))
    hardware = deployment.hardware
    others = [name for name in hardware.clocks if name != hardware.throttled]
    groups = int(member.max()) + 1
    constant = np.zeros(groups)
    mine = set(deployment.covered)
    for name, g in zip(blocks, member.tolist(), strict=True):
        if name not in mine:
            constant[g] += power.get(name, 0.0)
    return Device(deployment, blocks, member, groups, (hardware.throttled, *others[:1]), constant)


def grouping(deployment: Deployment) -> dict[str, list[str]]:
    """Blocks whose watts are always proportional: those that take the same shares of all components.

    Names are those of their first blocks; single numbers of chiplets and blocks do not matter.
    """
    areas = deployment.areas or {}
    rows: dict[str, dict[str, float]] = {block: {} for block in deployment.covered}
    for name, weights in deployment.hardware.placements().items():
        for block, share in spread(weights, areas).items():
            rows[block][name] = share
    found: dict[tuple[tuple[str, float], ...], list[str]] = {}
    for block, row in rows.items():
        whole = math.fsum(row.values())
        key = tuple((name, round(share / whole, 9)) for name, share in sorted(row.items())) if whole else ()
        found.setdefault(key, []).append(block)
    return {f"like:{members[0]}": members for members in found.values()}


def demand_nodes(demand: Demand) -> tuple[Floats, Floats, Floats]:
    """Sequences, contexts and prompt tokens at which iterations are timed."""
    from thermal.kernels.serving import BATCHES

    n = sorted_nodes(demand.slots)
    if demand.kind == BATCHES:
        return n, np.zeros(1), np.zeros(1)
    most = min(demand.chunk, demand.longest)
    contexts = np.linspace(1.0, max(2.0, demand.longest), 3)
    return n, contexts, np.array([0.0, most / 4.0, most / 2.0, most])


def operating_points(
    hardware: Accelerator, domains: Sequence[str], *, throttled: bool
) -> tuple[Floats, Floats, Floats]:
    """Hz of the two domains, and shares of the bandwidth."""
    axes = []
    for name, count in zip(domains, (CLOCKS, SECOND_CLOCKS), strict=False):
        clock = hardware.clocks[name]
        knots = [hertz for hertz, _ in clock.curve if clock.lowest < hertz < clock.highest]
        axes.append(np.unique([*np.linspace(clock.lowest, clock.highest, count), *knots]))
    if len(axes) == 1:
        axes.append(np.zeros(1))
    return axes[0], axes[1], np.array(SHARES if throttled else (1.0,))


def tables(
    devices: Sequence[Device], demand: Demand, reference: Floats, *, throttled: bool
) -> tuple[Work, Floats]:
    """Everything that the loop looks up, and the watts of idling.

    Parameters
    ----------
    devices
        The workload, then its other ways of serving.
    reference
        ``[groups]`` W that the laws of the design leak at the temperature of the operating points.
    throttled
        Whether the memory's bandwidth may be cut.
    """
    from thermal.kernels.serving import FIRST, SECONDS, Work

    base = devices[0]
    first, second, share = operating_points(base.hardware, base.domains, throttled=throttled)
    nodes = demand_nodes(demand)
    channels = FIRST + len(base.domains) + base.groups
    shape = (len(devices), first.size, second.size, share.size)
    values = np.ones((*shape, *(x.size for x in nodes), channels))
    resting = np.zeros((*shape[:3], channels))
    leaking = np.ones((first.size, second.size, base.groups))
    for v, device in enumerate(devices):
        timed = _timed(device, demand, nodes)
        for i, f0 in enumerate(first):
            for j, f1 in enumerate(second):
                point = _point(device, f0, f1)
                still = idle(device.hardware, point)
                resting[v, i, j, 2:] = device.channels(still)
                if v == 0 and device.deployment.device_leakage:
                    leaking[i, j] = np.where(
                        reference > 0.0,
                        device.watts(still)[1] / np.where(reference > 0.0, reference, 1.0),
                        1.0,
                    )
                for b, part in enumerate(share):
                    for at, each in timed.items():
                        done = each.at(point, part)
                        values[(v, i, j, b, *at)][SECONDS] = 1.0 / done.seconds
                        values[(v, i, j, b, *at)][2:] = device.channels(dissipation(done, device.hardware))
    rounds = np.zeros((*shape, channels))
    return Work(first, second, share, *nodes, values, rounds, leaking), resting


def _timed(
    device: Device, demand: Demand, nodes: tuple[Floats, Floats, Floats]
) -> dict[tuple[int, int, int], Retimed]:
    found: dict[tuple[int, int, int], Retimed] = {}
    for x, n in enumerate(nodes[0]):
        for z, prompt in enumerate(nodes[2]):
            for y, context in enumerate(nodes[1]):
                if not n and y:
                    found[x, y, z] = found[x, 0, z]
                    continue
                # Where nothing is asked for the table goes on smoothly; idling has watts of its own.
                some = (max(n, 1.0), prompt) if nodes[2].size == 1 else (n, max(prompt, float(not n)))
                phase, sequences = device.phase(demand, float(some[0]), float(context), float(some[1]))
                found[x, y, z] = Retimed(device.activity(phase, sequences), device.hardware)
    return found


def _point(device: Device, f0: float, f1: float) -> OperatingPoint:
    point = device.top.with_clock(device.domains[0], float(f0))
    return point.with_clock(device.domains[1], float(f1)) if len(device.domains) > 1 else point


def per_leak(device: Device) -> float:
    """Board watts per watt of leakage in the package: what it costs to deliver."""
    burnt = idle(device.hardware, device.top)
    whole = math.fsum(each.watts for each in burnt.contributions if each.beta)
    inside = math.fsum(each.watts for each in burnt.contributions if each.beta and not each.off_package)
    return whole / inside if inside > 0.0 and device.deployment.device_leakage else 1.0


def tokens_of(deployment: Deployment) -> tuple[int, int, int]:
    """Prompt, output and batch that a workload asks for."""
    entry = deployment.entry
    return entry.prompt or PROMPT, entry.output or OUTPUT, entry.batch or BATCH
