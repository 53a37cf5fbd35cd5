"""What surrounds the device: how long the host and the serving stack keep it waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from floorplans.diagnostics import Diagnostic, InputError, did_you_mean
from power.constants import Constants, shipped_constants


@dataclass(frozen=True, slots=True)
class Host:
    """Overheads that are no property of the model or the device.

    Parameters
    ----------
    name
        For tables.
    kernel
        Seconds between two kernels; the device's own figure when None.
    step
        Seconds a step of the serving or training loop in which the device waits.
    sequence
        Seconds a sequence adds to every step: sampling, scheduling. The device is busy with it.
    sequence_energy
        Joules a sequence adds to every step on the vector units.
    vector_kernel
        As `kernel`, for kernels without products; the same when None.
    issue
        Seconds the host takes to issue one operator, while the device works on earlier ones: a device that is
        faster waits.
    """

    name: str = "ideal"
    kernel: float | None = None
    step: float = 0.0
    sequence: float = 0.0
    sequence_energy: float = 0.0
    vector_kernel: float | None = None
    issue: float = 0.0


HOSTS = ("ideal", "compiled", "vllm", "eager", "standalone")
"""Hosts that come with the distribution."""


HOST_CONSTANTS: Mapping[str, tuple[str, ...]] = {
    "compiled": ("step_overhead",),
    "vllm": ("step_overhead_vllm", "sequence_overhead_vllm", "sequence_energy_vllm"),
    "eager": ("step_overhead", "issue_eager"),
    "standalone": ("kernel_overhead_standalone", "kernel_overhead_standalone_vector"),
}
"""Constants that each of them stands on."""


def host_named(name: str, constants: Constants | None = None) -> Host:
    """A shipped host.

    ``ideal`` adds nothing; ``compiled`` is a compiled serving loop; ``vllm`` the open serving engine with
    sampling on the device; ``eager`` issues operators one by one from a framework; ``standalone`` times each
    kernel on its own.

    Raises
    ------
    InputError
        There is none of that name.
    """
    known = constants or shipped_constants()
    if name == "ideal":
        return Host()
    if name == "compiled":
        return Host("compiled", None, known.value("step_overhead"))
    if name == "vllm":
        return Host(
            "vllm",
            None,
            known.value("step_overhead_vllm"),
            known.value("sequence_overhead_vllm"),
            known.value("sequence_energy_vllm"),
        )
    if name == "eager":
        return Host("eager", step=known.value("step_overhead"), issue=known.value("issue_eager"))
    if name == "standalone":
        return Host(
            "standalone",
            known.value("kernel_overhead_standalone"),
            vector_kernel=known.value("kernel_overhead_standalone_vector"),
        )
    near = did_you_mean(name, HOSTS)
    raise InputError(Diagnostic(None, f"unknown host '{name}'{near} (known: {', '.join(HOSTS)})"))
