"""Variants of a workload, to put side by side: `fp8`, `mamba-2-2.7b`, `precision.weights=int4,batch=16`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from floorplans.diagnostics import Diagnostic, InputError, Problems, Span, did_you_mean
from floorplans.nodes import Node, wrapped
from floorplans.overrides import assigned
from floorplans.source import parse_assignment
from power.deployment import Deployment
from power.hardware.reading import shipped_hardware
from power.host import HOSTS
from power.workload_reading import Site, read_workload
from power.workloads.precision import ALIASES, FORMATS
from power.workloads.presets import preset_names
from power.workloads.step import AttentionKernel

PHASES = ("prefill", "decode", "iteration", "mean")
SERVINGS = ("static", "in-flight", "inference", "training")


@dataclass(frozen=True)
class Variant:
    """One column of a comparison.

    Parameters
    ----------
    label
        As it was asked for; ``base`` for what it is compared with.
    deployment
        What it comes to.
    """

    label: str
    deployment: Deployment


def assignments(text: str) -> dict[str, object]:
    """What a variant changes: keys of the section `workload:` and their values.

    A word alone is a number format, a pattern of sparsity such as ``2:4``, a model, an accelerator, a host,
    an attention kernel or a way of serving; the rest is ``key=value``. Several are joined by commas.

    Raises
    ------
    InputError
        A word that is none of them, with the nearest one that is.
    """
    found: dict[str, object] = {}
    for item in re.split(r",(?![^{\[]*[}\]])", text):
        word = item.strip()
        if "=" in word:
            key, value = parse_assignment(word)
            found[key] = value
        else:
            found[_key(word, text)] = word
    return found


def _key(word: str, text: str) -> str:
    known = {
        "precision": (*FORMATS, *ALIASES),
        "model": preset_names(),
        "hardware": tuple(shipped_hardware()),
        "kernel": tuple(AttentionKernel),
        "host": HOSTS,
        "serving": SERVINGS,
    }
    for key, words in known.items():
        if word in words:
            return key
    if re.fullmatch(r"\d+:\d+", word):
        return "sparsity"
    if word.endswith((".json", ".onnx")) or "/" in word:
        return "model"
    every = [each for words in known.values() for each in words]
    message = (
        f"'{word}' is no format, sparsity, model, accelerator, attention kernel, host or way of serving"
        f"{did_you_mean(word, every)}; anything else is written key=value"
    )
    raise InputError(Diagnostic(Span(f"--compare {text}"), message))


def with_changes(node: Node, changes: Iterable[tuple[str, str, object]]) -> Node:
    """A section with some values replaced.

    Parameters
    ----------
    node
        The section.
    changes
        Key, value, and what the user wrote, for messages.

    Raises
    ------
    InputError
        A key that leads nowhere.
    """
    problems = Problems()
    root = Node({"workload": node}, node.span)
    for said, key, value in changes:
        root = assigned(root, f"workload.{key}", wrapped(value, Span(said)), problems)
    problems.raise_if_any()
    found = root.child("workload")
    assert found is not None
    return found


def variant(node: Node, site: Site, text: str = "") -> Variant:
    """The workload of a section with the changes that `text` asks for.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    problems = Problems()
    said = f"--compare {text}"
    changes = [(said, key, value) for key, value in assignments(text).items()] if text else []
    made = read_workload(with_changes(node, changes), site, problems)
    problems.raise_if_any()
    assert made is not None
    return Variant(text or "base", made)


def variants(node: Node, site: Site, asked: Iterable[str] = ()) -> tuple[Variant, ...]:
    """The workload of a section, and what it becomes with each of the changes asked for.

    Raises
    ------
    InputError
        With everything that is wrong with any of them.
    """
    problems, found = Problems(), []
    for text in ("", *asked):
        try:
            found.append(variant(node, site, text))
        except InputError as error:
            problems.extend(error.diagnostics)
    problems.raise_if_any()
    return tuple(found)
