"""Graph x hardware x operating point → time of every operator, and what it kept busy.

An operator takes as long as the slowest of the units and memories it uses (Williams, Waterman, Patterson,
*Roofline*, CACM 52 (2009) 65-76), each at the share of its peak that such operators reach; products lose the
edges of tiles, partial waves and the fill of systolic arrays besides. Exchanges and launches add to that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from floorplans.diagnostics import Diagnostic, InputError
from power.activity import Activity, OperatorTime, summed
from power.dvfs import OperatingPoint, boost
from power.hardware.accelerator import Accelerator
from power.hardware.memory import HOST, MemoryLevel
from power.hardware.unit import Unit
from power.host import Host
from power.parallel import exchange_time, exchanged, shard
from power.workloads.graph import Gemm, Kind, Operator

UNFILLED = {Kind.ATTENTION, Kind.SCAN}
"""Fused kernels whose efficiency already holds what edges cost."""


def run(
    graph: Iterable[Operator],
    hardware: Accelerator,
    point: OperatingPoint | None = None,
    *,
    host: Host | None = None,
    devices: int = 1,
    sequences: float = 0.0,
    label: str = "",
) -> Activity:
    """Time a graph, operator after operator, on one of `devices` equal devices that share it.

    Parameters
    ----------
    graph
        Operators in order, undivided.
    hardware
        One device.
    point
        Its operating point; the highest clocks when None.
    host
        What surrounds it; nothing when None.
    devices
        Tensor parallelism.
    sequences
        Sequences that the host handles in this step.
    label
        Name of the phase.

    Raises
    ------
    InputError
        A format that no unit has or can stand in for, or several devices without a link.
    """
    if devices > 1 and hardware.link is None:
        raise InputError(Diagnostic(None, f"{hardware.name} has no link, so {devices} cannot share a model"))
    around = host or Host()
    at = point or boost(hardware)
    timer = _Timer(hardware, at, around, devices)
    timings = tuple(timer.timed(operator, first=i == 0) for i, operator in enumerate(graph))
    waiting = math.fsum(each.waiting * each.count for each in timings)
    busy = math.fsum(each.device * each.count for each in timings) + around.sequence * sequences
    joules = {}
    if around.sequence_energy and sequences:
        joules[hardware.unit_name("vector")] = around.sequence_energy * sequences
    return Activity(
        label,
        busy + waiting + around.step,
        busy,
        summed(each.operations for each in timings),
        summed(each.moved for each in timings),
        summed(each.sent for each in timings),
        at,
        joules,
        timings,
        devices,
    )


class _Timer:
    """Times operators one by one."""

    def __init__(self, hardware: Accelerator, point: OperatingPoint, host: Host, devices: int) -> None:
        self.hardware, self.point, self.host, self.devices = hardware, point, host, devices
        self.launch = hardware.kernel_overhead if host.kernel is None else host.kernel
        self.vector_launch = self.launch if host.vector_kernel is None else host.vector_kernel

    def timed(self, operator: Operator, *, first: bool = False) -> OperatorTime:
        """Seconds and counts of one operator on one device; inputs of the first come from the host."""
        part, times = shard(operator, self.devices), operator.count
        matrix, products = self._matrix(part)
        vector, lanes = self._vector(part)
        main, through = self._bytes(part)
        sent = exchanged(operator, self.devices)
        link = self.hardware.link
        moved = {self.hardware.main_name: main * times}
        if self.hardware.cache is not None:
            moved[self.hardware.cache_name] = through * times
        given = {next(iter(self.hardware.links)): sent * times} if sent else {}
        if first:
            given |= self._from_host(part.traffic.inputs * times)
        alone = OperatorTime(
            part.name,
            part.kind.value,
            part.stage.value,
            times,
            matrix,
            vector,
            max(self._memory(self.hardware.main, part, main), self._path(self.hardware.main_name, main)),
            max(
                self._memory(self.hardware.cache, part, through),
                self._path(self.hardware.cache_name, through),
            ),
            exchange_time(sent, link) if sent and link is not None else 0.0,
            (self.launch if part.matrix_flops else self.vector_launch) * part.launches,
            0.0,
            part.flops,
            summed({key: each * times for key, each in found.items()} for found in (products, lanes)),
            moved,
            given,
        )
        return replace(alone, waiting=max(0.0, self.host.issue * part.launches - alone.device))

    def _matrix(self, part: Operator) -> tuple[float, dict[tuple[str, str], float]]:
        """Seconds of the products, and operations done for them."""
        if not part.matrix_flops:
            return 0.0, {}
        unit = self.hardware.unit("matrix")
        form = unit.carries(part.math)
        skipped = part.structured and unit.structured_speedup > 1.0
        done = part.matrix_flops * (max(part.density, 1.0 / unit.structured_speedup) if skipped else 1.0)
        rate = self._rate(unit, form) * unit.efficiency_of(part.kind, form)
        fill = 1.0 if part.kind in UNFILLED else _fill(unit, part.gemms)
        operations = {(self.hardware.unit_name("matrix"), form): done * _padding(unit, part)}
        return done / (rate * fill), operations

    def _vector(self, part: Operator) -> tuple[float, dict[tuple[str, str], float]]:
        """Seconds of the lane work, and its operations."""
        if not part.vector_flops:
            return 0.0, {}
        unit = self.hardware.unit("vector")
        form = unit.carries(part.accumulate)
        rate = self._rate(unit, form) * unit.efficiency_of(part.kind)
        return part.vector_flops / rate, {(self.hardware.unit_name("vector"), form): part.vector_flops}

    def _rate(self, unit: Unit, form: str) -> float:
        clock = self.hardware.clocks[unit.clock]
        return unit.peaks[form] * self.point.hertz[unit.clock] / clock.nominal

    def _memory(self, level: MemoryLevel | None, part: Operator, size: float) -> float:
        if level is None or not size:
            return 0.0
        bandwidth = level.bandwidth * level.efficiency_of(part.kind)
        if level.clock:
            bandwidth *= self.point.hertz[level.clock] / self.hardware.clocks[level.clock].nominal
        return size / bandwidth

    def _path(self, carries: str, size: float) -> float:
        """Seconds that bytes of a memory take over the slowest path that carries them."""
        seconds = 0.0
        for path in self.hardware.paths.values():
            if path.carries == carries:
                bandwidth = path.bandwidth * path.efficiency
                if path.clock:
                    bandwidth *= self.point.hertz[path.clock] / self.hardware.clocks[path.clock].nominal
                seconds = max(seconds, path.share * size / bandwidth)
        return seconds

    def _from_host(self, size: float) -> dict[str, float]:
        """Bytes over the paths from the host: the transfer runs ahead, and takes no time of its own."""
        paths = self.hardware.paths.items()
        return {name: size for name, path in paths if path.carries == HOST and size}

    def _bytes(self, part: Operator) -> tuple[float, float]:
        """Bytes of one execution to and from the main memory, and through the cache.

        Activations that take little enough of the cache are still there for the next operator; weights that
        every execution reads again are read once if they fit beside them. The rest streams through.
        """
        traffic = part.traffic
        through = traffic.total + traffic.restreamed
        cache = self.hardware.cache
        if cache is None:
            return through, 0.0
        room = cache.capacity * self.hardware.resident_share
        main = traffic.state + traffic.weights
        if traffic.activations > room:
            main += traffic.activations
        if traffic.weights <= room:
            main -= traffic.weights * (1.0 - 1.0 / part.steps)
        return main, through


def _fill(unit: Unit, gemms: tuple[Gemm, ...]) -> float:
    """Useful share of a unit over several products: their time adds, so their fills average harmonically."""
    ideal = sum(each.flops for each in gemms)
    taken = sum(each.flops / unit.fill(each) for each in gemms if each.flops)
    return ideal / taken if taken else 1.0


def _padding(unit: Unit, part: Operator) -> float:
    """Operations done over operations asked for: fused attention fills whole tiles of rows."""
    if part.kind is not Kind.ATTENTION or unit.grid is None or not part.gemms:
        return 1.0
    return sum(each.flops * unit.grid.padded(each) for each in part.gemms) / part.matrix_flops
