"""A design with other values of its uncertain inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from floorplans.layout import Checked
from floorplans.material import Material
from power.powermap import PowerMap
from thermal.design import Design
from thermal.kernels.arrays import Floats
from thermal.reading import Reading
from thermal.uncertainty.inputs import Input


class Variation:
    """Makes variants of one design.

    Parameters
    ----------
    design
        The design as it is.
    inputs
        What varies.
    """

    def __init__(self, design: Design, inputs: Sequence[Input]) -> None:
        self.design, self.inputs = design, tuple(inputs)
        source = design.source
        self._source = replace(source, root=source.root.without("scenarios", "uncertainty"))
        self._checked: Checked = {}

    def at(self, x: Floats) -> Design:
        """The design with every input at its `x` (``[inputs]``, in the unit of its distribution).

        Raises
        ------
        InputError
            A value is not possible.
        """
        values = {
            item.where: item.value(float(v))
            for item, v in zip(self.inputs, x, strict=True)
            if item.target == "set"
        }
        source = self._source.overridden(values) if values else self._source
        design = Reading(source, self._checked).built(Design)
        power, leakage = dict(design.power), dict(design.leakage)
        materials = dict(design.materials)
        for item, v in zip(self.inputs, x, strict=True):
            factor = float(v)
            if item.target == "power":
                power |= {name: power[name] * factor for name in item.blocks}
            elif item.target == "leakage":
                leakage |= {name: leakage[name].scaled(factor) for name in item.blocks}
            elif item.target == "material":
                known = materials.get(item.where) or design.material(item.where)
                materials[item.where] = _scaled(known, factor)
        if all(item.target == "set" for item in self.inputs):
            return design
        changes = {"power": PowerMap(power), "leakage": leakage, "materials": materials}
        return design.model_copy(update=changes)


def _scaled(material: Material, factor: float) -> Material:
    kx, ky, kz = material.k
    return replace(material, k=(kx * factor, ky * factor, kz * factor))
