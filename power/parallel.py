"""Tensor parallelism: what one of p devices does of an operator, and what it then exchanges."""

from __future__ import annotations

from dataclasses import replace

from power.hardware.memory import Link
from power.workloads.graph import Collective, Gemm, Operator, Sharding, Traffic

REDUCED_BITS = 16
"""Sums are exchanged in no narrower format than this, whatever the products were computed in."""


def shard(operator: Operator, devices: int) -> Operator:
    """What one of `devices` does of `operator`."""
    if devices == 1 or operator.sharding is Sharding.REPLICATED:
        return operator
    p = float(devices)
    traffic = operator.traffic
    if operator.sharding is Sharding.COLUMN:
        gemms = tuple(replace(each, n=each.n / p) for each in operator.gemms)
        moved = replace(traffic, weights=traffic.weights / p, outputs=traffic.outputs / p)
    elif operator.sharding is Sharding.ROW:
        gemms = tuple(replace(each, k=each.k / p) for each in operator.gemms)
        moved = replace(traffic, weights=traffic.weights / p, inputs=traffic.inputs / p)
    else:
        gemms = tuple(_split(each, p, operator.state_shards) for each in operator.gemms)
        held = min(p, float(max(1, operator.state_shards)))
        moved = Traffic(
            traffic.weights / p,
            traffic.inputs / p,
            traffic.outputs / p,
            traffic.state_read / held,
            traffic.state_written / held,
            traffic.restreamed / held,
        )
    return replace(
        operator,
        matrix_flops=operator.matrix_flops / p,
        vector_flops=operator.vector_flops / p,
        gemms=gemms,
        traffic=moved,
    )


def _split(gemm: Gemm, devices: float, shards: int) -> Gemm:
    """Independent products are divided first, then rows."""
    groups = min(devices, max(1.0, gemm.batch), float(shards) if shards > 1 else devices)
    return replace(gemm, batch=gemm.batch / groups, m=gemm.m * groups / devices)


def exchanged(operator: Operator, devices: int) -> float:
    """Bytes that one of `devices` sends after `operator`.

    Ring algorithms: an all-reduce sends 2 (p - 1) / p of its payload, an all-gather and an all-to-all
    (p - 1) / p (Thakur, Rabenseifner, Gropp, IJHPCA 19 (2005) 49-66).
    """
    if devices == 1 or operator.collective is Collective.NONE:
        return 0.0
    turns = 2.0 if operator.collective is Collective.ALL_REDUCE else 1.0
    widened = 1.0
    if operator.collective is Collective.ALL_REDUCE:
        widened = max(1.0, REDUCED_BITS / operator.math.bits)
    return turns * (devices - 1) / devices * operator.collective_bytes * widened


def exchange_time(sent: float, link: Link) -> float:
    """Seconds that sending takes: latency and bytes over what a collective reaches of the bandwidth."""
    return link.latency + sent / (link.bandwidth * link.efficiency)
