"""Models that are shipped: configurations of public model cards, with the source of each."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from floorplans.diagnostics import Diagnostic, InputError, Span, did_you_mean, listed
from power.workloads.config.keys import keys_of
from power.workloads.config.reader import read_config
from power.workloads.model import Model

FOLDER = files("power.workloads").joinpath("presets")


@lru_cache(maxsize=1)
def preset_names() -> tuple[str, ...]:
    """Names of the shipped models, in alphabetical order."""
    return tuple(
        sorted(each.name.removesuffix(".json") for each in FOLDER.iterdir() if each.name.endswith(".json"))
    )


def preset_card(name: str) -> dict[str, Any]:
    """What is known of a shipped model: ``source``, ``config`` and, where published, ``parameters``.

    Raises
    ------
    InputError
        There is none of that name.
    """
    if name not in preset_names():
        raise InputError(
            Diagnostic(
                Span(name),
                f"no shipped model has this name{did_you_mean(name, preset_names())} "
                f"(shipped: {listed(preset_names(), 99)})",
            )
        )
    card: dict[str, Any] = keys_of(Path(str(FOLDER.joinpath(f"{name}.json")))).node.plain
    return card


def preset(name: str, **changes: Any) -> Model:
    """A shipped model.

    Parameters
    ----------
    name
        One of `preset_names`.
    **changes
        Keys of its configuration to replace; see `read_config`.

    Raises
    ------
    InputError
        There is none of that name, or a change cannot be used.
    """
    return read_config(preset_card(name)["config"], name=name, **changes)


def read_model(text: str | Path) -> Model:
    """A shipped model by name, or one from a ``config.json``, its folder, or an ``.onnx`` file.

    Raises
    ------
    InputError
        Neither a file nor a name, or an unusable file.
    """
    path = Path(text)
    if isinstance(text, str) and text in preset_names():
        return preset(text)
    if not path.exists() and path.suffix not in {".json", ".onnx"}:
        preset_card(str(text))
    if path.suffix == ".onnx":
        from power.workloads.onnx_graph.reader import read_onnx

        return read_onnx(path)
    return read_config(path)
