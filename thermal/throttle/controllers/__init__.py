"""Controllers: one file a family; what they are told in a design file, and as numbers for the kernel."""

from __future__ import annotations

from thermal.throttle.controllers.bang_bang import BangBang
from thermal.throttle.controllers.base import Controller, Packed, Setting
from thermal.throttle.controllers.hbm import Hbm
from thermal.throttle.controllers.intel import Intel
from thermal.throttle.controllers.nvidia import Nvidia
from thermal.throttle.controllers.pid import Pid
from thermal.throttle.controllers.power_allocator import PowerAllocator
from thermal.throttle.controllers.predictive import Predictive
from thermal.throttle.controllers.step_wise import StepWise
from thermal.throttle.controllers.written import Action, Seen, WrittenController

KINDS: dict[str, type[Controller]] = {
    "bang-bang": BangBang,
    "step-wise": StepWise,
    "power-allocator": PowerAllocator,
    "nvidia": Nvidia,
    "intel": Intel,
    "pid": Pid,
    "hbm": Hbm,
    "predictive": Predictive,
}
"""By the word that a design file has for them."""

__all__ = [
    "KINDS",
    "Action",
    "BangBang",
    "Controller",
    "Hbm",
    "Intel",
    "Nvidia",
    "Packed",
    "Pid",
    "PowerAllocator",
    "Predictive",
    "Seen",
    "Setting",
    "StepWise",
    "WrittenController",
]
