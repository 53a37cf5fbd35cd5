"""The throttle loop's result as lines and as a document."""

from __future__ import annotations

from floorplans.schema import ZERO_CELSIUS
from thermal.throttle.result import Pace, ThrottleResult


def table(result: ThrottleResult) -> str:
    """Lines of at most 80 columns."""
    r = result
    hottest = r.limiting.temperature - ZERO_CELSIUS
    lines = [
        f"{r.design}: {r.workload}, {r.seconds:g} s in ticks of {1e3 * r.tick:g} ms",
        f"  controllers  {', '.join(r.controllers) or 'none'}",
        "",
        f"{'':12}{r.unit + 's/s':>12}{'J/' + r.unit:>12}{'board W':>10}   clocks, MHz",
        _row("cold", r.cold),
        _row("sustained", r.sustained),
        f"  kept {100.0 * r.kept:.1f} %; first throttled "
        + ("never" if r.first_throttle is None else f"at {r.first_throttle:.3g} s"),
        "",
        f"  limiting     {r.limiting.block}: {hottest:.1f} degC, margin {r.limiting.margin:.1f} K",
        f"  guardband    {r.guardband:.1f} K; above a limit and unseen {r.unseen:.3g} s",
    ]
    for place, reasons in r.residency.items():
        for name, seconds in reasons.items():
            lines.append(f"  {place:<10} {name:<28}{seconds:>9.3g} s{100.0 * seconds / r.seconds:>7.1f} %")
    if r.certification is not None:
        told = ", ".join(f"{each.difference:.3f} K at {each.block}" for each in r.certification.rounds)
        lines.append(f"  certified    {told} (wanted {r.certification.tolerance:g} K)")
    return "\n".join(lines) + "\n"


def _row(name: str, pace: Pace) -> str:
    clocks = ", ".join(f"{domain} {hertz / 1e6:.0f}" for domain, hertz in pace.clocks.items())
    return f"  {name:<10}{pace.rate:>12.5g}{pace.joules:>12.4g}{pace.watts:>10.4g}   {clocks}"


def document(result: ThrottleResult) -> dict[str, object]:
    """Entries for JSON; temperatures in degC."""
    r = result
    certification = r.certification

    def pace(x: Pace) -> dict[str, object]:
        return {
            "rate_per_s": x.rate,
            "joules_per_output": x.joules if x.rate > 0.0 else None,
            "board_w": x.watts,
            "busy": x.busy,
            "clocks_hz": dict(x.clocks),
        }

    return {
        "schema": "thermal-throttle/1",
        "design": r.design,
        "workload": r.workload,
        "unit": r.unit,
        "seconds": r.seconds,
        "tick_s": r.tick,
        "seed": r.seed,
        "controllers": list(r.controllers),
        "cold": pace(r.cold),
        "sustained": pace(r.sustained),
        "first_throttle_s": r.first_throttle,
        "energy_j": r.energy,
        "residency_s": {place: dict(found) for place, found in r.residency.items()},
        "limiting": {"block": r.limiting.block, "t_max_c": r.limiting.temperature - ZERO_CELSIUS},
        "guardband_k": r.guardband,
        "unseen_s": r.unseen,
        "shutdown_s": r.shutdown,
        "runaway": r.runaway,
        "warnings": list(r.warnings),
        "certification": None
        if certification is None
        else {
            "tolerance_k": certification.tolerance,
            "differences_k": [each.difference for each in certification.rounds],
            "unsettled_k": certification.unsettled,
        },
    }
