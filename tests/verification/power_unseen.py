"""Rows that set no parameter and are no target; `python -m tests.verification.power_unseen` prints them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np

from power.hardware.reading import load_hardware
from power.host import host_named
from power.serving import Server
from power.workloads.model import Model
from power.workloads.presets import preset
from tests.verification.power_targets import mape, model, rows

REQUESTS = {
    (128, 128): 30000,
    (128, 2048): 3000,
    (128, 4096): 1500,
    (500, 2000): 3000,
    (1000, 1000): 3000,
    (2048, 128): 3000,
    (2048, 2048): 1500,
    (5000, 500): 1500,
    (20000, 2000): 1000,
}
"""Requests of each run, by tokens in and out, as the page of the measurements lists them."""


def finite(server: Server, prompt: int, output: int, requests: int) -> float:
    """Tokens/s of so many equal requests that all wait at the start: full batches, then what is left."""
    served = server.in_flight(prompt, output)
    full, rest = divmod(requests, served.batch)
    seconds = full * served.batch * output / served.tokens_per_second
    if rest:
        seconds += rest * output / server.in_flight(prompt, output, batch=rest).tokens_per_second
    return requests * output / seconds


@cache
def in_flight() -> tuple[tuple[Mapping[str, str], float], ...]:
    """Modelled over measured tokens/s of in-flight batching, TensorRT-LLM v0.15."""
    found = []
    for row in rows("trtllm_inflight_v0.15.csv"):
        devices, lengths = int(row["tensor_parallel"]), (int(row["input_len"]), int(row["output_len"]))
        server = Server(model(row["model"], row["dtype"]), load_hardware(row["device"]), devices)
        measured = float(row["total_output_tokens_per_s"])
        found.append((row, finite(server, *lengths, REQUESTS[lengths]) / measured))
    return tuple(found)


def capped() -> tuple[float, float]:
    """Relative change of time and of energy from 250 to 175 W, LLaMA 65B on four A100 cards.

    Samsi et al., arXiv 2310.03003, measure +6.7 % and -23 %; batch and lengths are among those of the paper.
    """
    shape = {"num_key_value_heads": 64, "intermediate_size": 22016}
    server = {
        limit: Server(
            preset("llama-2-70b", **shape).quantised("fp16"),
            load_hardware("a100-pcie-80gb"),
            4,
            host=host_named("eager"),
            limit=limit,
        ).static(64, 128, 512)
        for limit in (250.0, 175.0)
    }
    high, low = server[250.0], server[175.0]
    return low.seconds / high.seconds - 1.0, low.seconds * low.watts / (high.seconds * high.watts) - 1.0


MAMBA = {
    "the target: card, Mamba compiled at 128, transformer eager at 64": (
        "a100-pcie-80gb",
        "compiled",
        64,
        "eager",
        "eager",
    ),
    "module with SXM instead of the card": ("a100-sxm-80gb", "compiled", 64, "eager", "eager"),
    "transformer at batch 32": ("a100-pcie-80gb", "compiled", 32, "eager", "eager"),
    "Mamba issued operator by operator as well": ("a100-pcie-80gb", "eager", 64, "eager", "eager"),
    "transformer on fused attention, compiled": ("a100-pcie-80gb", "compiled", 64, "compiled", "flash"),
}
"""Readings of the comparison: device, host of Mamba, batch, host and attention of the transformer."""


def mamba_over_transformer(
    device: str, host: str, batch: int, other: str, attention: str, streamed: bool = False
) -> float:
    """Tokens/s of Mamba 1.4B at batch 128 over those of a transformer, 2048 tokens in and 128 out.

    Parameters
    ----------
    streamed
        Whether the copy of the cache runs at the bandwidth of element-wise operators.
    """
    changes = {"memories.hbm.efficiency.attention": "stream_efficiency"} if streamed else {}

    def generation(found: Model, size: int, name: str, overrides: dict[str, object]) -> float:
        hardware = load_hardware(device, overrides)
        return Server(found, hardware, host=host_named(name)).static(size, 2048, 128).tokens_per_second

    transformer = model("pythia-1.4b", "fp16").with_kernel(attention)
    mamba = generation(model("mamba-1.4b", "fp16"), 128, host, {})
    return mamba / generation(transformer, batch, other, dict(changes))


def table(title: str, ratios: Iterable[tuple[str, float]]) -> str:
    """MAPE and geometric mean of modelled over measured by group."""
    groups: dict[str, list[float]] = {}
    for name, ratio in ratios:
        groups.setdefault(name, []).append(ratio)
    lines = [
        f"| {title} | rows | MAPE | modelled / measured, mean | range |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, found in groups.items():
        mean = float(np.exp(np.mean(np.log(found))))
        span = f"{min(found):.2f} to {max(found):.2f}"
        lines.append(f"| {name} | {len(found)} | {mape(found):.1%} | {mean:.2f} | {span} |")
    return "\n".join(lines)


def tables() -> str:
    """Everything, as docs/validation.md has it."""
    each = [
        (f"{row['model']}, {row['device']}, {row['dtype']}", int(row["tensor_parallel"]), ratio)
        for row, ratio in in_flight()
    ]
    parts = [
        table("one device", ((name, ratio) for name, devices, ratio in each if devices == 1)),
        table(
            "several devices",
            ((f"{name.split(', ', 1)[1]}, {n} devices", ratio) for name, n, ratio in each if n > 1),
        ),
        table("all", (("rows", ratio) for _, _, ratio in each)),
        "250 to 175 W: time {:+.1%}, energy {:+.1%}".format(*capped()),
    ]
    parts += [f"{name}: {mamba_over_transformer(*found):.1f}" for name, found in MAMBA.items()]
    base = next(iter(MAMBA.values()))
    parts.append(
        f"copy of the cache as an element-wise pass: {mamba_over_transformer(*base, streamed=True):.1f}"
    )
    both = mamba_over_transformer("a100-sxm-80gb", *base[1:], streamed=True)
    return "\n\n".join([*parts, f"that, and the module with SXM: {both:.1f}"])


if __name__ == "__main__":
    sys.stdout.write(tables() + "\n")
