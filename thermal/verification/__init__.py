"""Exact solutions to test a thermal solver against; none of the solver is used here.

`slab` solves uniformly heated stacks, `FourierSeries` layered rectangles with rectangular sources,
`StepResponse` their warming after a step of power, `PowerLawTransform` conductivities and `LumpedLeakage`
powers that depend on temperature.
`ManufacturedSolution` gives a smooth field and the sources it needs, `fitted_order` measures convergence.
"""

from thermal.verification.kirchhoff import PowerLawTransform
from thermal.verification.leakage import LumpedLeakage
from thermal.verification.manufactured import CosineMode, ManufacturedSolution
from thermal.verification.order import fitted_order
from thermal.verification.series import ExactValue, FourierSeries
from thermal.verification.slab import Slab, slab
from thermal.verification.stack import LayeredStack, Rect, RectSource, StackLayer
from thermal.verification.step_response import StepResponse

__all__ = [
    "CosineMode",
    "ExactValue",
    "FourierSeries",
    "LayeredStack",
    "LumpedLeakage",
    "ManufacturedSolution",
    "PowerLawTransform",
    "Rect",
    "RectSource",
    "Slab",
    "StackLayer",
    "StepResponse",
    "fitted_order",
    "slab",
]
