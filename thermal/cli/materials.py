"""``thermal materials``: the shipped library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from thermal.cli import options

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

    from floorplans.material import Material

SCHEMA = "thermal-floorplan/materials/1"

SHOWN_AT = (25.0, 85.0, 125.0)
"""Temperatures in degC at which a law is tabulated."""


@click.command("materials", short_help="The shipped materials, or one of them with its law and source.")
@click.argument("name", required=False, metavar="[NAME]")
@options.json_option
def command(name: str | None, as_json: bool) -> None:
    """List the shipped materials, or show the one called NAME.

    k is the thermal conductivity at 300 K in the plane and through it, rho the density, cp the specific heat.
    """
    from floorplans.material import library
    from thermal.cli.streams import put, shown

    shipped = library()
    if name is not None:
        shipped = {name: _named(name, shipped)}
    if as_json:
        from thermal.report.document import dumped

        rows = [_row(material) for material in shipped.values()]
        put(dumped({"schema": SCHEMA, "materials": rows}))
    else:
        put(shown(_details(shipped[name]) if name is not None else _listing(shipped)))


def _named(name: str, shipped: Mapping[str, Material]) -> Material:
    from floorplans.diagnostics import Diagnostic, InputError, did_you_mean

    if name not in shipped:
        hint = did_you_mean(name, shipped) or "; `thermal materials` lists those there are"
        raise InputError(Diagnostic(None, f"no material '{name}'{hint}"))
    return shipped[name]


def _row(material: Material) -> dict[str, Any]:
    law = material.k_law
    return {
        "name": material.name,
        "category": material.category,
        "k_w_mk": list(material.k),
        "density_kg_m3": material.density,
        "specific_heat_j_kgk": material.specific_heat,
        "k_law": None if law is None else {"law": str(law), "valid_c": _range(material)},
        "confidence": material.confidence or None,
        "composition": material.composition or None,
        "source": material.source,
    }


def _range(material: Material) -> list[float]:
    from thermal.report.words import celsius

    assert material.k_law is not None
    return [round(celsius(kelvin), 6) for kelvin in material.k_law.valid]


def _listing(shipped: Mapping[str, Material]) -> Group:
    from rich.console import Group
    from rich.text import Text

    by_category: dict[str, list[Material]] = {}
    for material in shipped.values():
        by_category.setdefault(material.category, []).append(material)
    parts: list[RenderableType] = []
    for category, materials in by_category.items():
        parts += [Text(category, "bold"), _table(materials), Text()]
    end = f"{len(shipped)} materials; `thermal materials NAME` shows one with its law, make-up and source"
    return Group(*parts, Text(end))


def _table(materials: list[Material]) -> RenderableType:
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
    made.add_column("name", no_wrap=True, width=25)
    for heading, width in (("k W/mK", 6), ("k_z", 6), ("rho", 5), ("cp", 5)):
        made.add_column(heading, justify="right", no_wrap=True, width=width)
    made.add_column("source", no_wrap=True, overflow="ellipsis", style="dim", ratio=1)
    for m in materials:
        kx, ky, kz = m.k
        plane = _short(kx) if kx == ky else f"{_short(kx)}/{_short(ky)}"
        through = "" if m.isotropic else _short(kz)
        made.add_row(m.name, plane, through, f"{m.density:.0f}", f"{m.specific_heat:.0f}", m.source)
    return made


def _short(value: float) -> str:
    """Three digits, without an exponent that a narrow column would cut."""
    return f"{value:.0f}" if value >= 1000.0 else f"{value:.3g}"


def _details(material: Material) -> Group:
    from rich.console import Group
    from rich.text import Text

    from thermal.report.tables import pairs_of_words

    kx, ky, kz = material.k
    k = f"{kx:.4g} W/(m K)" if material.isotropic else f"{kx:.4g}, {ky:.4g}, {kz:.4g} W/(m K) along x, y, z"
    rows = [
        ("category", material.category),
        ("conductivity", k),
        ("density", f"{material.density:.4g} kg/m3"),
        ("specific heat", f"{material.specific_heat:.4g} J/(kg K)"),
        *_law(material),
        ("composition", material.composition),
        ("confidence", material.confidence),
        ("source", material.source),
    ]
    return Group(Text(material.name, "bold"), pairs_of_words([row for row in rows if row[1]]))


def _law(material: Material) -> list[tuple[str, str]]:
    from floorplans.conductivity import ZERO_CELSIUS

    if material.k_law is None:
        return [("temperature law", "none: taken as constant")]
    low, high = material.k_law.valid
    told = []
    for celsius in SHOWN_AT:
        if low <= celsius + ZERO_CELSIUS <= high:
            k = material.conductivity(celsius + ZERO_CELSIUS)
            values = f"{k[0]:.4g}" if material.isotropic else ", ".join(f"{v:.4g}" for v in k)
            told.append(f"{values} at {celsius:g} °C")
    ends = f"{low - ZERO_CELSIUS:.5g} to {high - ZERO_CELSIUS:.5g} °C"
    return [("temperature law", f"{material.k_law}, known from {ends}"), ("", "; ".join(told))]
