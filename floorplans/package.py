"""Package, dies, layers and cooling: what is built, in SI units and kelvin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from floorplans.block import Outlined
from floorplans.floorplan import Floorplan
from floorplans.geometry import Bounds, Orientation, Size, centred, oriented_size
from floorplans.schema import Celsius, Mm, Model, Name, NonNegative, Positive, Side, Thickness

VOID = "void"
"""The material that is not there: it neither conducts nor stores heat."""

MaterialName = Annotated[str, Field(strict=True, min_length=1)]


class Region(Outlined):
    """Part of a layer that is of another material; of overlapping regions the later wins.

    Attributes
    ----------
    outline
        Polygon [m] in the frame of its layer.
    material
        Name of a material, or ``void``.
    """

    material: MaterialName


class Exposed(Model):
    """Convection from every outer face of a layer that neither `top` nor `bottom` covers.

    Attributes
    ----------
    htc
        Heat transfer coefficient [W/(m2 K)].
    ambient
        Temperature of what is outside [K]; None for that of the package.
    """

    htc: NonNegative = Field(alias="htc_w_m2k")
    ambient: Celsius | None = Field(None, alias="ambient_c")


class Cooling(Model):
    """What the top or the bottom face gives its heat to.

    At most one of `htc`, `resistance` and `map_csv`; `power_map` may come with or without them.

    Attributes
    ----------
    htc
        Heat transfer coefficient [W/(m2 K)].
    resistance
        From the face to the ambient [K/W]; means htc = 1 / (resistance x material area of the face).
    map_csv
        Grid of heat transfer coefficients [W/(m2 K)] over the package outline.
    ambient
        Temperature of what is outside [K]; None for that of the package.
    power_map
        Grid of watts per cell over the package outline that enter through the face.
    """

    htc: NonNegative | None = Field(None, alias="htc_w_m2k")
    resistance: Positive | None = Field(None, alias="resistance_k_w")
    map_csv: Path | None = None
    ambient: Celsius | None = Field(None, alias="ambient_c")
    power_map: Path | None = Field(None, alias="power_map_csv")

    @model_validator(mode="after")
    def _check(self) -> Cooling:
        given = [
            key
            for key, value in (
                ("htc_w_m2k", self.htc),
                ("resistance_k_w", self.resistance),
                ("map_csv", self.map_csv),
            )
            if value is not None
        ]
        if len(given) > 1:
            raise ValueError(f"give one of htc_w_m2k, resistance_k_w and map_csv, not {' and '.join(given)}")
        if not given and self.power_map is None:
            raise ValueError("needs one of htc_w_m2k, resistance_k_w, map_csv and power_map_csv")
        return self

    @property
    def cools(self) -> bool:
        """Whether heat can leave here."""
        return bool(self.htc) or self.resistance is not None or self.map_csv is not None


class Chiplet(Model):
    """A die placed in a package.

    Attributes
    ----------
    die
        Name of the die.
    name
        Unique in the package; blocks are addressed ``name/block``.
    at
        Lower-left corner [m] in the frame of the package.
    orient
        How the die is turned.
    """

    die: MaterialName
    name: Name
    at: tuple[Mm, Mm] = Field(alias="at_mm")
    orient: Orientation = Orientation.R0

    def bounds(self, die: Die) -> Bounds:
        """x0, y0, x1, y1 [m] in the frame of the package."""
        width, height = oriented_size(die.size, self.orient)
        return self.at[0], self.at[1], self.at[0] + width, self.at[1] + height


class Layer(Model):
    """A slab of the package or of a die.

    A layer either has `thickness` and `material`, or holds `chiplets`, is as thick as the tallest of them,
    and is filled with `fill` around and above them.

    Attributes
    ----------
    name
        Unique in its package or die.
    thickness
        [m]; None for a layer of chiplets.
    material
        Name of a material, or ``void``; None for a layer of chiplets.
    size
        Width and height [m]; None for that of the package or die.
    at
        Lower-left corner [m] in the frame of the package or die; None for centred.
    regions
        Parts of another material, in the frame of the layer.
    floorplan
        Blocks, in the frame of the layer.
    fill
        Name of a material, or ``void``, around the chiplets; None for a layer without chiplets.
    chiplets
        Dies in this layer.
    contact_below
        Contact resistance of its lower face [m2 K/W].
    exposed
        Convection from its outer faces.
    power_map
        Grid of watts per cell over the layer's outline.
    """

    name: Name
    thickness: Thickness | None = Field(None, alias="thickness_um")
    material: MaterialName | None = None
    size: tuple[Side, Side] | None = Field(None, alias="outline_mm")
    at: tuple[Mm, Mm] | None = Field(None, alias="at_mm")
    regions: tuple[Region, ...] = ()
    floorplan: Floorplan | None = None
    fill: MaterialName | None = None
    chiplets: tuple[Chiplet, ...] = ()
    contact_below: NonNegative | None = Field(None, alias="contact_below_m2k_w")
    exposed: Exposed | None = None
    power_map: Path | None = Field(None, alias="power_map_csv")

    def bounds(self, parent: Size) -> Bounds:
        """x0, y0, x1, y1 [m] in the frame of a package or die of size `parent`."""
        size = self.size or parent
        x, y = self.at if self.at is not None else centred(size, parent)
        return x, y, x + size[0], y + size[1]

    def extent(self, parent: Size) -> Size:
        """Width and height [m] in a package or die of size `parent`."""
        return self.size or parent


class Die(Model):
    """A stack of layers, bottom to top; placed as a chiplet, any number of times.

    Attributes
    ----------
    size
        Width and height [m].
    layers
        Bottom to top.
    """

    size: tuple[Side, Side] = Field(alias="outline_mm")
    layers: tuple[Layer, ...]

    @property
    def thickness(self) -> float:
        """Of all layers [m]."""
        return sum(layer.thickness or 0.0 for layer in self.layers)


class Package(Model):
    """Everything between the two ambients.

    Attributes
    ----------
    size
        Width and height [m]; the origin of the package frame is its lower-left corner.
    ambient
        [K]
    top, bottom
        Cooling of the topmost and the lowest face; None for adiabatic.
    layers
        Bottom to top.
    case_layer
        Layer whose top is the case in θJC; None for the topmost layer.
    """

    size: tuple[Side, Side] = Field(alias="outline_mm")
    ambient: Celsius = Field(alias="ambient_c")
    top: Cooling | None = None
    bottom: Cooling | None = None
    layers: tuple[Layer, ...]
    case_layer: Name | None = None

    @property
    def chiplets(self) -> tuple[Chiplet, ...]:
        """The chiplets of all layers."""
        return tuple(chiplet for layer in self.layers for chiplet in layer.chiplets)

    def outside(self, face: Cooling | Exposed | None) -> float:
        """Temperature of what is outside a face [K]: its own ambient, else that of the package."""
        return self.ambient if face is None or face.ambient is None else face.ambient

    @property
    def cooled(self) -> bool:
        """Whether heat can leave anywhere."""
        faces = any(face is not None and face.cools for face in (self.top, self.bottom))
        return faces or any(layer.exposed is not None and layer.exposed.htc > 0.0 for layer in self.layers)
