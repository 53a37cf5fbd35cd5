"""Points in the space of the inputs: scrambled Sobol sequences or Latin hypercubes, by seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from thermal.kernels.arrays import Floats
from thermal.uncertainty.distribution import Distribution

Method = Literal["sobol", "lhs"]
METHODS: tuple[Method, ...] = ("sobol", "lhs")


def rounded_up(count: int, method: Method) -> int:
    """Samples that are taken for `count` asked for: a Sobol sequence is balanced at powers of two."""
    return 2 ** math.ceil(math.log2(max(count, 2))) if method == "sobol" else count


def points(laws: Sequence[Distribution], count: int, method: Method, seed: int) -> Floats:
    """Inputs ``[samples, inputs]`` that follow their laws; `count` as `rounded_up` gives it."""
    from scipy.stats import qmc

    random = np.random.default_rng(seed)
    if method == "sobol":
        unit = qmc.Sobol(len(laws), scramble=True, seed=random).random(count)
    else:
        unit = qmc.LatinHypercube(len(laws), seed=random).random(count)
    unit = np.clip(unit, 2.0**-53, 1.0 - 2.0**-53)
    return np.stack([law.at(unit[:, i]) for i, law in enumerate(laws)], axis=1)
