"""Layered stacks with exact solutions, as designs that the solver reads; see `thermal.verify.designs`."""

from floorplans.schema import ZERO_CELSIUS as KELVIN
from thermal.verify.designs import ExactBlock, design_of, exact_figures, heated, layer_names, series_of

__all__ = ["KELVIN", "ExactBlock", "design_of", "exact_figures", "heated", "layer_names", "series_of"]
