"""From a configuration to a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from floorplans.diagnostics import Diagnostic, InputError, did_you_mean, listed, quoted
from power.workloads.config.keys import Keys, keys_of
from power.workloads.config.registry import BY_ARCHITECTURE, BY_MODEL_TYPE, Reader
from power.workloads.model import Model
from power.workloads.precision import ALIASES, FORMATS, Precision


def read_config(source: str | Path | Mapping[str, Any], *, name: str | None = None, **changes: Any) -> Model:
    """A model from a ``config.json``.

    Parameters
    ----------
    source
        The file, a folder that holds one, or its content.
    name
        Name of the model; the configuration's ``_name_or_path`` or the file's folder when None.
    **changes
        Keys that replace those of the configuration, as for a distilled, smaller model:
        ``num_hidden_layers=16``. Keys of a nested ``text_config`` are given as a mapping.

    Returns
    -------
    Model
        In the 16-bit format that the configuration names (``torch_dtype``), bf16 where it names none or a
        wider one; weights in the format of its ``quantization_config``.

    Raises
    ------
    InputError
        An architecture that is not known, or missing and unusable keys, all at once with their places.
    """
    keys = keys_of(dict(source) if isinstance(source, Mapping) else source)
    for key, value in changes.items():
        keys = keys.changed(key, value)
    reader = _reader(keys)
    precision = _precision(keys)
    return Model(name or _name(keys, source), reader.family, reader.build(keys), precision)


def _reader(keys: Keys) -> Reader:
    named = keys.items("architectures")
    known = [str(each) for each in named or () if str(each) in BY_ARCHITECTURE]
    if known:
        return BY_ARCHITECTURE[known[0]]
    kind = keys.text("model_type", default="")
    keys.check()
    if kind in BY_MODEL_TYPE and not named:
        return BY_MODEL_TYPE[kind]
    if named:
        key, given, options = "architectures", str(named[0]), tuple(BY_ARCHITECTURE)
    elif kind:
        key, given, options = "model_type", kind, tuple(BY_MODEL_TYPE)
    else:
        raise InputError(
            Diagnostic(
                keys.span(),
                "says neither 'architectures' nor 'model_type', so the model's sort is not known "
                f"(model types that can be read: {listed(tuple(BY_MODEL_TYPE), 99)})",
            )
        )
    raise InputError(
        Diagnostic(
            keys.span(key),
            f"architecture '{given}' cannot be read{did_you_mean(given, options)} "
            f"(those that can: {listed(options, 99)})",
            key,
        )
    )


def _name(keys: Keys, source: object) -> str:
    given = keys.text("_name_or_path", default="")
    if given:
        return given
    if isinstance(source, str | Path):
        path = Path(source)
        return path.parent.name if path.name == "config.json" and path.parent.name else path.stem
    return keys.text("model_type", default="") or str((keys.items("architectures") or ["model"])[0])


_QUANTISERS = {"fp8": "fp8", "compressed-tensors": None, "mxfp4": "fp4", "awq": "int4", "gptq": "int4"}


def _precision(keys: Keys) -> Precision:
    """Formats that the configuration names."""
    inner = keys.node.child("text_config")
    stated = _dtype(keys) or (_dtype(Keys(inner, keys.problems)) if inner is not None else "")
    form = FORMATS["fp16"] if stated == "fp16" else FORMATS["bf16"]
    precision = Precision(form, form, form, form, form)
    kept = keys.text("mamba_ssm_cache_dtype", default="")
    if kept:
        precision = precision.with_(state=kept) if _known(keys, "mamba_ssm_cache_dtype", kept) else precision
    quantised = keys.node.child("quantization_config")
    if quantised is None or not isinstance(quantised.value, dict):
        return precision
    return _quantised(keys, precision, quantised.plain)


def _dtype(keys: Keys) -> str:
    stated = keys.text("torch_dtype", "dtype", default="")
    return ALIASES.get(stated, stated)


def _known(keys: Keys, key: str, stated: str) -> bool:
    if ALIASES.get(stated, stated) in FORMATS:
        return True
    keys.wrong(key, f"unknown number format {quoted(stated)} (known: {listed(tuple(FORMATS))})")
    return False


def _quantised(keys: Keys, precision: Precision, settings: dict[str, Any]) -> Precision:
    """Formats of weights that were quantised before they were published."""
    method = str(settings.get("quant_method", ""))
    form = _QUANTISERS.get(method)
    if method in {"awq", "gptq"}:
        bits = settings.get("bits", 4)
        form = {4: "int4", 8: "int8"}.get(bits)
    if form is None:
        keys.wrong(
            "quantization_config",
            f"quantisation {quoted(method)} cannot be read (those that can: fp8, mxfp4, and awq and gptq "
            "with 4 or 8 bits); remove the key and give the precision",
        )
        return precision
    if method == "mxfp4":  # of the experts alone
        return precision.with_(experts=form)
    activations = form if method == "fp8" else precision.activations
    return replace(precision.with_(weights=form, activations=activations))
