"""Configuration files of HotSpot 7: ``-name value`` a line, and what HotSpot takes where one is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from floorplans.diagnostics import Problems, Span, did_you_mean, quoted
from floorplans.formats.tokens import finite

NOTHING = "(null)"

LENGTHS = {
    "t_chip": "0.15e-3",
    "s_sink": "60e-3",
    "t_sink": "6.9e-3",
    "s_spreader": "30e-3",
    "t_spreader": "1e-3",
    "t_interface": "20e-6",
    "t_metal": "10e-6",
    "t_c4": "0.1e-3",
    "s_c4": "20e-6",
    "s_sub": "21e-3",
    "t_sub": "1e-3",
    "s_solder": "21e-3",
    "t_solder": "0.94e-3",
    "s_pcb": "0.1",
    "t_pcb": "2e-3",
}
"""Options in metres, with HotSpot's own values."""

POSITIVE = LENGTHS | {
    "k_chip": "100",
    "p_chip": "1.75e6",
    "k_sink": "400",
    "p_sink": "3.55e6",
    "k_spreader": "400",
    "p_spreader": "3.55e6",
    "k_interface": "4",
    "p_interface": "4e6",
    "r_convec": "0.1",
    "r_convec_sec": "1",
    "ambient": "318.15",
    "init_temp": "333.15",
    "sampling_intvl": "3.333e-6",
    "base_proc_freq": "3e9",
    "n_metal": "8",
    "n_c4": "400",
    "thermal_threshold": "354.95",
}
AT_LEAST_ZERO = {"c_convec": "140.4", "c_convec_sec": "140.4"}
WHOLE = {"grid_rows": "64", "grid_cols": "64"}
FLAGS = (
    "model_secondary",
    "dtm_used",
    "leakage_used",
    "leakage_mode",
    "package_model_used",
    "block_omit_lateral",
)
CHOICES = {
    "model_type": ("block", "grid"),
    "grid_map_mode": ("avg", "min", "max", "center"),
    "detailed_3D": ("off", "on"),
    "use_microchannels": ("0", "1"),
    "use_microfluidic_cooling": ("0", "1"),
}
MATERIALS = ("material_chip", "material_sink", "material_spreader", "material_interface")
FILES = (
    "f",
    "p",
    "o",
    "materials_file",
    "grid_layer_file",
    "init_file",
    "steady_file",
    "grid_steady_file",
    "grid_transient_file",
    "package_config_file",
)
UNUSED = (
    "c",
    "d",
    "pumping_pressure",
    "pump_internal_res",
    "inlet_temperature",
    "coolant_material",
    "coolant_capac",
    "coolant_res",
    "coolant_visc",
    "wall_material",
    "wall_capac",
    "wall_res",
    "htc",
    "wrap_l2",
    "l2_label",
    "model_rim",
    "rim_thickness",
    "compact_ratio",
    "n_orients",
    "P0",
    "Davg",
    "Kmoves",
    "Rcool",
    "Rreject",
    "Nmax",
    "lambdaA",
    "lambdaT",
    "lambdaW",
)
"""Options of coolants and of the floorplanner: known, and without effect on what is read here."""

NUMBERS = POSITIVE | AT_LEAST_ZERO | WHOLE
KNOWN = (*NUMBERS, *FLAGS, *CHOICES, *MATERIALS, *FILES, *UNUSED)


@dataclass(frozen=True, slots=True)
class Given:
    """The text of an option and its place."""

    text: str
    span: Span


@dataclass(frozen=True)
class HotspotOptions:
    """Options of a configuration file and of a command line.

    Attributes
    ----------
    given
        By name.
    start
        First place of the file, for what is missing.
    """

    given: Mapping[str, Given]
    start: Span

    def number(self, name: str) -> Decimal:
        """The value given, else HotSpot's own."""
        return Decimal(self.given[name].text if name in self.given else NUMBERS[name])

    def span(self, name: str) -> Span:
        """Where an option is given, else where the file begins."""
        return self.given[name].span if name in self.given else self.start

    def flag(self, name: str) -> bool:
        """Whether an option is given and not 0."""
        return name in self.given and self.given[name].text not in ("0", "off")

    def file(self, name: str) -> Given | None:
        """The name of a file; None where none is given."""
        found = self.given.get(name)
        return None if found is None or found.text == NOTHING else found

    def assumed(self, names: tuple[str, ...]) -> list[str]:
        """Names that are not given, so that HotSpot's own values count."""
        return [name for name in names if name not in self.given]


def parse_hotspot_config(
    text: str, file: str, problems: Problems, options: Mapping[str, str] | None = None
) -> HotspotOptions:
    """Read a configuration file.

    Parameters
    ----------
    problems
        Receives what is wrong, line by line.
    options
        Those of a command line, which win.
    """
    given: dict[str, Given] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split("#", 1)[0].split()
        if not fields:
            continue
        span = Span(file, number, line.index(fields[0]) + 1)
        name = fields[0].removeprefix("-")
        if len(fields) != 2 or not fields[0].startswith("-"):
            problems.add(span, f"expected '-name value' (got {quoted(line.strip())})")
        elif name in given:
            problems.add(span, f"second value of '-{name}' (first at {given[name].span})")
        else:
            given[name] = Given(fields[1], span)
    given |= {
        name: Given(value, Span(f"--hotspot {name}={value}")) for name, value in (options or {}).items()
    }
    for name, value in given.items():
        message = _wrong(name, value.text)
        if message:
            problems.add(value.span, f"-{name}: {message}")
    sound = {name: value for name, value in given.items() if not _wrong(name, value.text)}
    return HotspotOptions(sound, Span(file, 1, 1))


def _wrong(name: str, text: str) -> str:
    """What is wrong with an option; empty where nothing is."""
    if name not in KNOWN:
        return f"unknown option{did_you_mean(name, KNOWN)}"
    allowed = ("0", "1") if name in FLAGS else CHOICES.get(name)
    if allowed is not None and text not in allowed:
        return f"must be one of {', '.join(allowed)} (got {quoted(text)})"
    return _wrong_number(name, text) if name in NUMBERS else ""


def _wrong_number(name: str, text: str) -> str:
    value = finite(text)
    if value is None:
        return f"must be a number (got {quoted(text)})"
    if name in WHOLE:
        sound = 1 <= value <= 10_000 and value == value.to_integral_value()
        return "" if sound else f"must be a whole number from 1 to 10000 (got {text})"
    if name in POSITIVE:
        return "" if value > 0 else f"must be > 0 (got {text})"
    return "" if value >= 0 else f"must be at least 0 (got {text})"
