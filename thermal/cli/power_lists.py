"""``thermal power models`` and ``thermal power hardware``: what is shipped."""

from __future__ import annotations

import click

from thermal.cli import options

MODELS_SCHEMA, HARDWARE_SCHEMA = "thermal-floorplan/models/1", "thermal-floorplan/hardware/1"


@click.command("models")
@options.json_option
def model_list(as_json: bool) -> None:
    """List the shipped models: parameters, and what they keep for each sequence of 2048 tokens."""
    from power.workloads.presets import preset, preset_card, preset_names
    from thermal.cli.streams import put, shown
    from thermal.report.document import dumped
    from thermal.report.power_text import size
    from thermal.report.tables import table

    models = [preset(name) for name in preset_names()]
    states = [model.state_bytes(2048) if model.decodes else 0 for model in models]
    if as_json:
        rows = [
            {
                "name": model.name,
                "family": model.family,
                "parameters": model.parameters,
                "weight_bytes": model.weight_bytes,
                "state_bytes_2048": state,
                "source": preset_card(model.name).get("source"),
            }
            for model, state in zip(models, states, strict=True)
        ]
        put(dumped({"schema": MODELS_SCHEMA, "models": rows}))
        return
    made = table("model", "family", "parameters", "weights", "state at 2k", left=("model", "family"))
    for model, state in zip(models, states, strict=True):
        kept = size(state) if state else ""
        made.add_row(model.name, model.family, f"{model.parameters:,}", size(model.weight_bytes), kept)
    put(shown(made))


@click.command("hardware")
@options.json_option
def hardware_list(as_json: bool) -> None:
    """List the shipped accelerators: peak of products in bf16, main memory, power limit."""
    from power.hardware.reading import load_hardware, shipped_hardware
    from thermal.cli.streams import put, shown
    from thermal.report.document import dumped
    from thermal.report.power_text import size
    from thermal.report.tables import table
    from thermal.report.words import significant

    found = [load_hardware(name) for name in shipped_hardware()]
    if as_json:
        rows = [
            {
                "name": each.name,
                "description": each.description,
                "design": each.design or None,
                "peak_flops": dict(each.unit("matrix").peaks),
                "memory_bytes": each.main.capacity,
                "memory_bytes_per_s": each.main.bandwidth,
                "power_limit_w": each.power_limit,
                "sources": list(each.sources),
            }
            for each in found
        ]
        put(dumped({"schema": HARDWARE_SCHEMA, "hardware": rows}))
        return
    made = table(
        "accelerator",
        "TFLOP/s",
        "of",
        "memory",
        "GB/s",
        "W",
        "blocks of",
        left=("accelerator", "of", "blocks of"),
    )
    for each in found:
        peaks = each.unit("matrix").peaks
        form = "bf16" if "bf16" in peaks else "fp16" if "fp16" in peaks else next(iter(peaks))
        limit = "" if each.power_limit is None else f"{each.power_limit:g}"
        peak, speed = significant(peaks[form] / 1e12, 4), significant(each.main.bandwidth / 1e9, 4)
        made.add_row(each.name, peak, form, size(each.main.capacity), speed, limit, each.design)
    put(shown(made))
