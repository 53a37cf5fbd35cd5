"""A block: the smallest thing that has a power and a temperature."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property

import shapely
from pydantic import Field, model_validator
from shapely import Polygon
from shapely.validation import explain_validity

from floorplans.geometry import rectangle
from floorplans.schema import BlockName, Celsius, Model, Positive, Um

Rect = tuple[Um, Um, Um, Um]


class BlockKind(StrEnum):
    """What a block does; limits and mesh resolution go by it."""

    COMPUTE = "compute"
    VECTOR = "vector"
    SRAM = "sram"
    NOC = "noc"
    D2D = "d2d"
    PHY = "phy"
    HBM = "hbm"
    IO = "io"
    ANALOG = "analog"
    PMIC = "pmic"
    SENSOR = "sensor"
    CPU = "cpu"
    OTHER = "other"


SENSITIVE_KINDS = frozenset({BlockKind.ANALOG, BlockKind.PMIC, BlockKind.SENSOR})
"""Small blocks that set the limits; meshed finely and reported with the gradient across them."""


class Outlined(Model):
    """Something with an outline in the frame of its layer: `rect_um` or `polygon_um`.

    Attributes
    ----------
    rect
        x0, y0, x1, y1 [m], or None.
    polygon
        Corners [m], or None.
    """

    rect: Rect | None = Field(None, alias="rect_um")
    polygon: tuple[tuple[Um, Um], ...] | None = Field(None, alias="polygon_um", min_length=3)

    @model_validator(mode="after")
    def _check_outline(self) -> Outlined:
        if (self.rect is None) == (self.polygon is None):
            raise ValueError("needs an outline: exactly one of rect_um and polygon_um")
        if self.rect is not None and not (self.rect[0] < self.rect[2] and self.rect[1] < self.rect[3]):
            raise ValueError(
                "rect_um is [x0, y0, x1, y1] with x0 < x1 and y0 < y1 "
                f"(got [{', '.join(f'{value * 1e6:g}' for value in self.rect)}])"
            )
        if self.polygon is not None:
            _check_polygon(Polygon(self.polygon))
        return self

    @cached_property
    def outline(self) -> Polygon:
        """The outline [m], counter-clockwise."""
        if self.rect is not None:
            return rectangle(*self.rect)
        return shapely.orient_polygons(Polygon(self.polygon))


def _check_polygon(polygon: Polygon) -> None:
    if not polygon.convex_hull.area > 0.0:
        raise ValueError("polygon_um encloses no area")
    if not polygon.is_valid:
        reason = explain_validity(shapely.transform(polygon, lambda points: points * 1e6))
        raise ValueError(f"polygon_um crosses or touches itself ({reason}, in um)")


class Block(Outlined):
    """A named outline that may dissipate power.

    Attributes
    ----------
    name
        Unique in its die.
    kind
        What it does.
    outline
        Polygon [m] in the frame of its layer.
    limit
        Highest temperature allowed [K]; None where only the limit of its kind applies.
    accuracy
        Numerical error wanted at most [K]; None where it does not matter.
    """

    name: BlockName
    kind: BlockKind = BlockKind.OTHER
    limit: Celsius | None = Field(None, alias="limit_c")
    accuracy: Positive | None = Field(None, alias="accuracy_k")
