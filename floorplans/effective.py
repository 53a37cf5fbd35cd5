"""Effective-medium formulas: what a composite conducts, weighs and stores, from what it is made of.

Conductivities are in W/(m K), numbers or arrays of one value a place; shares are of volume, unless a function
says that they are of area, and add up to 1. A formula refuses inputs outside its range with a `ValueError`.
All of them suppose that the structure is fine against the layers and blocks around it, and that heat passes
from one constituent to the next without contact resistance: where there is one, put it in as a thin layer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from floorplans.conductivity import Conductivity, Values

Arrangement = Literal["square", "hexagonal", "assemblage"]
"""How parallel cylinders stand: on a square or hexagonal grid, or as the concentric-cylinder assemblage."""

Direction = Literal["x", "y", "both"]
"""How the lines of a wiring level run."""

MAX_SHARE: dict[str, float] = {"square": 0.70, "hexagonal": 0.85, "assemblage": 1.0}
"""Largest area share of the cylinders for which `cylinders_across` is within 1 % at any contrast."""


def parallel(shares: Sequence[float], k: Sequence[Values]) -> Values:
    """Rule of mixtures: heat flows along all constituents side by side; no mixture conducts better.

    k = sum(f_i k_i). Source: Wiener, Abh. Saechs. Akad. Wiss. 32 (1912) 507.
    """
    _check_shares(shares, k)
    total: Values = 0.0
    for share, conductivity in zip(shares, k, strict=True):
        total = total + share * conductivity
    return total


def series(shares: Sequence[float], k: Sequence[Values]) -> Values:
    """Heat crosses all constituents one after the other; no mixture conducts worse.

    k = 1 / sum(f_i / k_i). Source: Wiener (1912), as for `parallel`.
    """
    _check_shares(shares, k)
    resistance: Values = 0.0
    for share, conductivity in zip(shares, k, strict=True):
        resistance = resistance + share / conductivity
    return 1.0 / resistance


def laminate(thicknesses: Sequence[float], k: Sequence[Conductivity]) -> Conductivity:
    """Layers in the plane: `parallel` along x and y, `series` along z; exact for layers wider than thick.

    Parameters
    ----------
    thicknesses
        One for each layer, any unit of length, > 0.
    k
        Conductivity along x, y, z of each layer [W/(m K)].
    """
    for thickness in thicknesses:
        if not 0.0 < thickness < math.inf:
            raise ValueError(f"the thickness of a layer must be finite and > 0 (got {thickness:g})")
    total = math.fsum(thicknesses)
    shares = [thickness / total for thickness in thicknesses]
    return (
        parallel(shares, [layer[0] for layer in k]),
        parallel(shares, [layer[1] for layer in k]),
        series(shares, [layer[2] for layer in k]),
    )


def spheres(matrix: Values, inclusion: Values, share: float) -> Values:
    """Maxwell-Eucken: spheres apart from each other in a matrix.

    k = k_m (k_i + 2 k_m + 2 f (k_i - k_m)) / (k_i + 2 k_m - f (k_i - k_m)), for 0 <= f <= 1.
    Good for evenly sized spheres up to f = 0.3; exact at any f for the coated-sphere assemblage. Filler that
    touches conducts better than this where it is the better conductor: the value is then the lower bound.

    Source: Maxwell, A Treatise on Electricity and Magnetism (1873), art. 314; Eucken, VDI Forschungsheft 353
    (1932); as a bound Hashin and Shtrikman, J. Appl. Phys. 33 (1962) 3125.
    """
    _check_share(share, 1.0, "the spheres")
    _check_positive(matrix, inclusion)
    gain = share * (inclusion - matrix)
    return matrix * (inclusion + 2.0 * matrix + 2.0 * gain) / (inclusion + 2.0 * matrix - gain)


def hashin_shtrikman(
    first: Values, second: Values, share: float, dimensions: int = 3
) -> tuple[Values, Values]:
    """Bounds of an isotropic two-phase mixture: each phase in turn is the matrix of coated inclusions.

    k = k_m + f / (1 / (k_i - k_m) + (1 - f) / (d k_m)), f the share of the inclusion, 0 <= f <= 1;
    `dimensions` d is 3 for grains, 2 across cylinders. `share` is that of `second`; returned are the value
    with `first` as the matrix and the value with `second` as the matrix.

    Source: Hashin and Shtrikman, J. Appl. Phys. 33 (1962) 3125; d = 2: Hashin, Theory of fiber reinforced
    materials, NASA CR-1974 (1972).
    """
    if dimensions not in {2, 3}:
        raise ValueError(f"a mixture has 2 or 3 dimensions (got {dimensions})")
    _check_share(share, 1.0, "the second phase")
    _check_positive(first, second)

    def coated(matrix: Values, inclusion: Values, f: float) -> Values:
        # Multiplied out, so that equal phases do not divide by zero.
        contrast = inclusion - matrix
        return matrix + f * contrast * dimensions * matrix / (dimensions * matrix + (1.0 - f) * contrast)

    return coated(first, second, share), coated(second, first, 1.0 - share)


def cylinders_across(
    matrix: Values, inclusion: Values, share: float, arrangement: Arrangement = "square"
) -> Values:
    """Across the axes of parallel cylinders (bumps, vias, TSVs seen from the side).

    With B = (k_i - k_m) / (k_i + k_m): k = k_m (1 + 2 f / (1/B - f - s)), where s is zero for the assemblage
    and else collects the higher multipoles of the array. Within 1 % at any contrast up to the share in
    `MAX_SHARE`; along the axes take `parallel`.

    Source: Rayleigh, Phil. Mag. 34 (1892) 481; coefficients: Perrins, McKenzie and McPhedran, Proc. R. Soc.
    Lond. A 369 (1979) 207; assemblage: Hashin and Shtrikman (1962) in two dimensions.
    """
    if arrangement not in MAX_SHARE:
        raise ValueError(f"an arrangement is one of {', '.join(MAX_SHARE)} (got '{arrangement}')")
    _check_share(share, MAX_SHARE[arrangement], f"the {arrangement} cylinders")
    _check_positive(matrix, inclusion)
    b = (inclusion - matrix) / (inclusion + matrix)
    higher: Values = 0.0
    if arrangement == "square":
        higher = b * 0.305827 * share**4 / (1.0 - 1.402958 * b * b * share**8) + b * 0.013362 * share**8
    elif arrangement == "hexagonal":
        higher = b * 0.075422 * share**6 / (1.0 - 1.060283 * b * b * share**12) + b * 0.000076 * share**12
    return matrix * (1.0 + 2.0 * share * b / (1.0 - share * b - b * higher))


def coated_cylinder(core: Values, coat: Values, core_share: float) -> tuple[Values, Values]:
    """A cylinder and its coat (a TSV and its liner) as one plain cylinder; exact.

    Parameters
    ----------
    core, coat
        Conductivity of each [W/(m K)].
    core_share
        Share of the core in the section of the whole, (d / (d + 2 t))^2, 0 <= f <= 1.

    Returns
    -------
    tuple
        Across the axis, k_c ((k + k_c) + f (k - k_c)) / ((k + k_c) - f (k - k_c)) with k_c that of the coat;
        and along it, by the rule of mixtures.

    Source: Hashin and Rosen, J. Appl. Mech. 31 (1964) 223 (composite cylinder), in its conduction form.
    """
    across = hashin_shtrikman(coat, core, core_share, dimensions=2)[0]
    return across, parallel((core_share, 1.0 - core_share), (core, coat))


def wires(metal: Values, dielectric: Values, share: float, direction: Direction) -> Conductivity:
    """One wiring level of parallel lines as high as the level: `parallel` along and up, `series` across.

    `both` means that half of the level runs along x and half along y. Nothing is gained from lines that turn
    or touch, so the value across is the lower bound. `share` is the metal's, 0 <= f <= 1.
    """
    _check_share(share, 1.0, "the metal")
    shares, k = (share, 1.0 - share), (metal, dielectric)
    along, across = parallel(shares, k), series(shares, k)
    if direction == "both":
        mean = 0.5 * (along + across)
        return mean, mean, along
    return (along, across, along) if direction == "x" else (across, along, along)


def sheet(metal: Values, dielectric: Values, share: float) -> Conductivity:
    """A metal plane with openings (a power plane, a copper layer of a board).

    In the plane the bound of Hashin and Shtrikman with `metal` as the matrix of round openings, upright the
    rule of mixtures. `share` is the metal's, 0 <= f <= 1.
    """
    _check_share(share, 1.0, "the metal")
    plane = hashin_shtrikman(metal, dielectric, 1.0 - share, dimensions=2)[0]
    return plane, plane, parallel((share, 1.0 - share), (metal, dielectric))


def vias(metal: Values, dielectric: Values, share: float) -> Conductivity:
    """One via level: upright metal columns in the dielectric (assemblage across, rule of mixtures up).

    `share` is the area of vias that land on metal at both ends; the others conduct next to nothing.
    """
    plane = cylinders_across(dielectric, metal, share, "assemblage")
    return plane, plane, parallel((share, 1.0 - share), (metal, dielectric))


def array_share(diameter: float, pitch: float, arrangement: Arrangement = "square") -> float:
    """Area share of round columns of `diameter` at a centre-to-centre `pitch` (both in one unit of length).

    pi d^2 / (4 p^2) on a square grid, pi d^2 / (2 sqrt(3) p^2) on a hexagonal one.
    """
    if not 0.0 < diameter < math.inf or not 0.0 < pitch < math.inf:
        raise ValueError(f"a diameter and a pitch must be finite and > 0 (got {diameter:g} and {pitch:g})")
    if diameter > pitch:
        raise ValueError(f"columns of diameter {diameter:g} do not fit at a pitch of {pitch:g}")
    square = math.pi * (diameter / pitch) ** 2 / 4.0
    return square * 2.0 / math.sqrt(3.0) if arrangement == "hexagonal" else square


def mixture_density(shares: Sequence[float], densities: Sequence[float]) -> float:
    """Density [kg/m3] of a mixture by volume: sum(f_i rho_i)."""
    _check_shares(shares, densities)
    return math.fsum(share * density for share, density in zip(shares, densities, strict=True))


def mixture_specific_heat(
    shares: Sequence[float], densities: Sequence[float], specific_heats: Sequence[float]
) -> float:
    """Specific heat [J/(kg K)] of a mixture, weighted by mass: sum(f_i rho_i c_i) / sum(f_i rho_i)."""
    _check_shares(shares, densities)
    _check_shares(shares, specific_heats)
    heat = math.fsum(f * rho * c for f, rho, c in zip(shares, densities, specific_heats, strict=True))
    return heat / mixture_density(shares, densities)


def _check_shares(shares: Sequence[float], values: Sequence[Values]) -> None:
    if len(shares) != len(values) or not shares:
        raise ValueError(f"a mixture needs a value for each share (got {len(values)} for {len(shares)})")
    for share in shares:
        _check_share(share, 1.0, "a constituent")
    if abs(math.fsum(shares) - 1.0) > 1e-9:
        raise ValueError(f"the shares of a mixture must add up to 1 (got {math.fsum(shares):.9g})")
    _check_positive(*values)


def _check_share(share: float, largest: float, of: str) -> None:
    if not 0.0 <= share <= largest:
        raise ValueError(f"the share of {of} must be between 0 and {largest:g} (got {share:.6g})")


def _check_positive(*values: Values) -> None:
    for value in values:
        # Written so that NaN, which marks a void place of a field, passes.
        if np.any(np.less_equal(value, 0.0)) or np.any(np.isposinf(value)):
            raise ValueError(f"a property of a constituent must be finite and > 0 (got {value})")
