"""A reduced model in words and as a document."""

from __future__ import annotations

from dataclasses import asdict

from thermal.rom.model import ReducedModel

ZERO_CELSIUS = 273.15


def document(model: ReducedModel) -> dict[str, object]:
    """Entries for JSON; temperatures in degC, the rest in SI."""
    inputs = [
        {"name": n, "watts": float(w), "certified_to_w": float(r)}
        for n, w, r in zip(model.groups, model.u0, model.reach, strict=False)
    ]
    return {
        "schema": "thermal-rom-info/1",
        "origin": asdict(model.origin),
        "certificate": asdict(model.certificate),
        "states": model.states,
        "inputs": inputs,
        "ambients_c": [float(v) - ZERO_CELSIUS for v in model.u0[-2:]],
        "leaking": list(model.leaking),
        "blocks": len(model.blocks),
        "rates_per_s": [float(model.rates[0]), float(model.rates[-1])],
    }


def described(model: ReducedModel) -> str:
    """Lines of at most 80 columns."""
    c, o = model.certificate, model.origin
    rates = float(model.rates[0]), float(model.rates[-1])
    sizes = f"{model.states} states, {len(model.names)} inputs, {len(model.blocks)} blocks"
    lines = [
        f"Reduced model of {o.design}: {sizes}",
        f"  frozen at     {o.state}, {o.cells} cells, hash {o.fingerprint[:12]}",
        f"  built in      {o.seconds:.1f} s; basis of {c.basis} vectors at {c.shifts} shifts",
        f"  time scales   {c.band[0]:.3g} to {c.band[1]:.3g} s; rates {rates[0]:.3g} to {rates[1]:.3g} 1/s",
        f"  leakage       {', '.join(model.leaking) or 'none'}",
        "",
        "Error of block means and maxima, K",
        f"  wanted                                            {c.tolerance:8.3f}",
        f"  in full solves that the build did not use         {c.estimate:8.3f}",
        f"    of it: maxima taken over few places             {c.maxima:8.3f}",
        f"  left of the basis, inputs at worse ends at once   {c.left:8.3f}",
        f"  second compression, inputs at worse ends at once  {c.compression:8.3f}",
        f"  leakage by groups, K of the group                 {c.leakage:8.3f}",
        f"  sum of the last four: bound at the sampled shifts {c.bound:8.3f}",
        "",
        f"{'Input':<44}{'design W':>12}{'certified to W':>18}",
    ]
    rows = zip(model.groups, model.u0, model.reach, strict=False)
    lines += [f"{n:<44}{w:>12.4g}{r:>18.4g}" for n, w, r in rows]
    if c.estimate > c.tolerance:
        lines += [
            "",
            "The error wanted is not met: "
            + (
                "maxima want smaller cells (--finer)."
                if c.maxima > 0.5 * c.estimate
                else "allow more --states."
            ),
        ]
    return "\n".join(lines) + "\n"
