"""A manufactured solution put on a mesh of the solver, and its errors; see `thermal.verify.manufactured`."""

from thermal.verify.manufactured import (
    EXACT,
    STACK,
    Errors,
    boxes_of,
    errors_on,
    locally_refined_mesh,
    solve_on,
    uniform_mesh,
)

__all__ = [
    "EXACT",
    "STACK",
    "Errors",
    "boxes_of",
    "errors_on",
    "locally_refined_mesh",
    "solve_on",
    "uniform_mesh",
]
