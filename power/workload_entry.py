"""A workload as it is written in a design file: `workload: {model: llama-3.1-8b, batch: 8}`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from floorplans.schema import Celsius, Finite, Model, Positive

Count = Annotated[int, Field(strict=True, ge=1)]
Share = Annotated[Finite, Field(gt=0.0, le=1.0)]
Probability = Annotated[Finite, Field(ge=0.0, le=1.0)]

MEAN = "mean"
"""The phase that stands for all of them, weighted by time."""

PROMPT, OUTPUT, BATCH = 2048, 128, 8
"""Tokens in and out, and sequences, unless told otherwise."""


class DraftEntry(Model):
    """A draft model that guesses tokens for the model to check."""

    model: str
    tokens: Count = 4
    acceptance: Probability = 0.7


class WorkloadEntry(Model):
    """The section `workload:`.

    A model with how it is made smaller and served, and the accelerator that runs it; or the activity that
    another simulator has counted.
    """

    model: str | None = None
    changes: dict[str, Any] = Field(default_factory=dict)
    precision: str | dict[str, str] | None = None
    sparsity: str | float | None = None
    depth: Share = 1.0
    width: Share = 1.0
    kernel: str | None = None
    draft: DraftEntry | None = None
    serving: Literal["static", "in-flight", "inference", "training"] | None = None
    batch: Count | None = None
    prompt: Count | None = None
    output: Count | None = None
    tokens: Count | None = None
    optimiser: Literal["sgd", "momentum", "adam"] = "momentum"
    activity: str | None = None
    word_bytes: Positive = 2.0
    format: str = "bf16"
    seconds: Positive | None = None
    places: dict[str, str] = Field(default_factory=dict)
    hardware: str | None = None
    hardware_values: dict[str, Any] = Field(default_factory=dict)
    constants: dict[str, Finite] = Field(default_factory=dict)
    devices: Count = 1
    host: str = "compiled"
    power_limit_w: Positive | None = None
    clock_mhz: Positive | None = None
    junction_c: Celsius | None = None
    phase: str = MEAN
    leakage: Literal["hardware", "design", "none"] = "hardware"

    @model_validator(mode="after")
    def _one_source(self) -> WorkloadEntry:
        if (self.model is None) == (self.activity is None):
            raise ValueError("give either 'model' or 'activity'")
        return self
