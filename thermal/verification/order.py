"""Observed order of accuracy from a sequence of refinements."""

from __future__ import annotations

import sys
from typing import TextIO

import numpy as np
from numpy.typing import ArrayLike


def fitted_order(
    h: ArrayLike, error: ArrayLike, *, label: str = "error", stream: TextIO | None = None
) -> float:
    """Least-squares slope of log(error) over log(h); prints the table it comes from.

    Parameters
    ----------
    h : array_like
        Mesh widths (any unit), at least two different ones, > 0.
    error : array_like
        Error norm on each mesh, > 0.
    label : str
        Heading of the error column.
    stream : text file, optional
        Where the table goes; standard output by default.

    Returns
    -------
    float
        The order: error ~ h**order.

    Raises
    ------
    ValueError
        For fewer than two meshes, equal widths, or values that have no logarithm.

    Examples
    --------
    >>> round(fitted_order([0.4, 0.2, 0.1], [0.16, 0.04, 0.01]), 6)
               h        error    order
             0.4         0.16
             0.2         0.04     2.00
             0.1         0.01     2.00
    fitted order 2.00
    2.0
    """
    width = np.asarray(h, dtype=float)
    norm = np.asarray(error, dtype=float)
    if width.ndim != 1 or width.shape != norm.shape or width.size < 2:
        raise ValueError(f"h and error must be equally long, at least 2 (got {width.shape} and {norm.shape})")
    both = np.concatenate((width, norm))
    if not (np.all(np.isfinite(both)) and np.all(both > 0)):
        raise ValueError(f"h and error must be finite and > 0 (got {width.tolist()} and {norm.tolist()})")
    if np.unique(width).size < width.size:
        raise ValueError(f"every h must differ from the others (got {width.tolist()})")
    order = float(np.polyfit(np.log(width), np.log(norm), 1)[0])
    local = np.diff(np.log(norm)) / np.diff(np.log(width))
    out = sys.stdout if stream is None else stream
    out.write(f"{'h':>12} {label:>12} {'order':>8}\n")
    for index in range(width.size):
        tail = f" {local[index - 1]:8.2f}" if index else ""
        out.write(f"{width[index]:12.4g} {norm[index]:12.4g}{tail}\n")
    out.write(f"fitted order {order:.2f}\n")
    return order
