"""``thermal power``: what a model does on an accelerator, in tokens, joules and watts of every block."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from thermal.cli import options
from thermal.cli.power_calibrate import calibrate
from thermal.cli.power_lists import hardware_list, model_list
from thermal.cli.power_trace import checked, trace_options

if TYPE_CHECKING:
    from floorplans.nodes import Node
    from floorplans.source import Source
    from power.workload_reading import Site
    from thermal.design import Design
    from thermal.report.power import PowerFindings, Run

FIGURES = (".pdf", ".svg", ".png")

FILES = ("model", "hardware", "activity")
"""Keys of a workload that may name a file."""

VERBS = {"calibrate": calibrate, "models": model_list, "hardware": hardware_list}
"""Words that may stand in the place of a design."""


class PowerCommand(click.Command):
    """Takes a design, or one of a few verbs with arguments of their own."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of this command, or of the verb that comes first."""
        if args and args[0] in VERBS:
            return VERBS[args[0]].make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


class Tokens(options.ParamType):
    """Numbers of tokens: 2k,32k,256k."""

    name = "tokens"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Text to numbers; k is 1024."""
        if isinstance(value, tuple):
            return value
        try:
            found = tuple(
                int(part[:-1]) * 1024 if part[-1:] in "kK" else int(part) for part in value.split(",")
            )
        except ValueError:
            found = ()
        if not found or min(found) < 1:
            self.fail(f"{value!r} are no numbers of tokens; write 2048 or 2k,32k,256k", param, ctx)
        return found


workload_options = options.stacked(
    click.option(
        "--model", metavar="M", help="A shipped model, a config.json or its folder, or an .onnx file."
    ),
    click.option("--hardware", metavar="H", help="A shipped accelerator or a file.  [default: the design's]"),
    click.option("--precision", metavar="FORMAT", help="Of all tensors that can take it: fp8, int4, …"),
    click.option("--batch", type=click.IntRange(1), metavar="N", help="Sequences or images at a time."),
    click.option(
        "--prompt",
        type=Tokens(),
        metavar="N[,N…]",
        help="Tokens in; several are put side by side: 2k,32k,256k.",
    ),
    click.option("--output-tokens", type=click.IntRange(1), metavar="N", help="Tokens out."),
    click.option("--phase", metavar="NAME", help="Whose watts heat the design: prefill, decode, mean."),
    click.option(
        "--with",
        "extras",
        metavar="KEY=VALUE",
        multiple=True,
        help="Any key of the section workload: serving=in-flight, draft.model=llama-3.2-1b. Repeatable.",
    ),
)


@click.command("power", cls=PowerCommand, short_help="Tokens/s, J/token and watts of every block of a model.")
@options.design_argument
@workload_options
@click.option(
    "--compare",
    "compared",
    metavar="VARIANT",
    multiple=True,
    help="Put a variant beside it: a format, 2:4, a model, an accelerator, key=value; joined by commas. "
    "Repeatable.",
)
@click.option(
    "--tornado", "with_tornado", is_flag=True, help="Vary every uncertain constant within its bounds."
)
@click.option("--heat", is_flag=True, help="Solve the design under the watts of every variant.")
@click.option(
    "--top",
    type=click.IntRange(1, 100000),
    metavar="N",
    default=12,
    show_default=True,
    help="Rows of a table.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write charts: .pdf for all; .svg or .png for the overview.",
)
@trace_options
@click.option("--scenario", metavar="NAME", help="The scenario to look at.")
@options.set_option
@options.finer_option
@options.coarser_option
@options.json_option
def command(
    design: str,
    assignments: tuple[str, ...],
    compared: tuple[str, ...],
    prompt: tuple[int, ...] | None,
    with_tornado: bool,
    heat: bool,
    top: int,
    output: Path | None,
    scenario: str | None,
    finer: float | None,
    coarser: float | None,
    as_json: bool,
    **asked: Any,
) -> int | None:
    """Run a model on the accelerator of DESIGN; print tokens/s, J/token and the watts of every block.

    The model is that of the section 'workload:' of the design, or of --model. 'thermal solve' and 'report'
    take --model too, and heat the design with these watts. In the place of a design:

    \b
      thermal power models              models that are shipped
      thermal power hardware            accelerators that are shipped
      thermal power calibrate LOG.csv   base, pJ/FLOP and pJ/bit from a log

    \b
      thermal power accel-2p5d --model llama-3.1-8b --compare fp8 --compare 2:4
      thermal power accel-2p5d --model llama-3.1-8b --compare falcon-mamba-7b --prompt 2k,32k,256k
      thermal power npu-custom --model resnet-50 --with serving=training -o charts.pdf
      thermal power accel-2p5d --model llama-3.1-8b --trace burst.csv --tick 1e-4
    """  # noqa: D301 - click reads the backspace
    options.refuse_both(("--finer", finer is not None), ("--coarser", coarser is not None))
    file, resolution, tick = checked(asked)
    if output is not None and output.suffix.lower() not in FIGURES:
        raise click.UsageError(f"-o {output}: must end in {', '.join(FIGURES)}")
    from thermal.cli.streams import put, shown

    source = _source(design, assignments, scenario)
    bare, node, site = _site(source, asked)
    if written := [path for path in (output, file) if path is not None]:
        from thermal.cli.files import check_writable

        for path in written:
            check_writable(path)
    found = _found(bare, node, site, compared, prompt or (), with_tornado)
    if heat:
        from thermal.cli.power_heat import solved

        found = solved(found, bare, options.resolution(finer, coarser))
    if as_json:
        from thermal.report.document import dumped
        from thermal.report.power_document import power_document

        put(dumped(power_document(found)))
    else:
        from thermal.report.power_text import power_report

        put(shown(power_report(found, top)))
    if output is not None:
        _write(found, output)
    if file is not None:
        from thermal.cli.power_trace import write_trace

        write_trace(file, found.base.deployment, bare, resolution, tick)
    return None


def _source(design: str, assignments: tuple[str, ...], scenario: str | None) -> Source:
    """The design as it is written, with the values of ``--set`` and the changes of a scenario."""
    from thermal.design import source_named
    from thermal.reading import changed

    source = source_named(design, options.assigned(assignments))
    if scenario is None:
        return source
    from floorplans.diagnostics import Diagnostic, InputError, did_you_mean, listed

    node = source.node(("scenarios",))
    known = list(node.value) if node is not None and isinstance(node.value, dict) else []
    if scenario not in known:
        message = f"no scenario '{scenario}'{did_you_mean(scenario, known)} (there are: {listed(known)})"
        raise InputError(Diagnostic(source.span(("scenarios",)), message))
    return changed(source, scenario)


def _site(source: Source, asked: dict[str, Any]) -> tuple[Design, Node, Site]:
    """The design without its workload, the section with what the options say, and where it is to run."""
    from dataclasses import replace

    from floorplans.diagnostics import Span
    from floorplans.nodes import Node
    from floorplans.source import parse_assignment
    from power.variant import with_changes
    from thermal.design import Design
    from thermal.workload import site_of

    bare = Design.from_source(replace(source, root=source.root.without("workload", "scenarios")))
    node = source.root.child("workload")
    keys = {"output_tokens": "output"}
    changes = [
        (f"--{key.replace('_', '-')} {value}", keys.get(key, key), _here(value))
        for key, value in asked.items()
        if key != "extras" and value is not None
    ]
    for text in asked["extras"]:
        key, value = parse_assignment(text)
        changes.append((f"--with {text}", key, _here(value) if key in FILES else value))
    if node is None and not any(key in ("model", "activity") for _, key, _ in changes):
        raise click.UsageError("the design has no section 'workload'; say which model with --model")
    if node is None or node.value is None:
        node = Node({}, Span("--model"))
    # Another accelerator may be put beside the one that lives here.
    site = replace(site_of(source, bare.package, bare.dies), elsewhere=True)
    return bare, with_changes(node, changes), site


def _here(value: Any) -> Any:
    """A file named on the command line, which is relative to the present folder."""
    return str(Path(value).resolve()) if isinstance(value, str) and Path(value).exists() else value


def _found(
    bare: Design, node: Node, site: Site, compared: tuple[str, ...], prompts: tuple[int, ...], tornado: bool
) -> PowerFindings:
    from floorplans.diagnostics import InputError
    from power.variant import variant, variants, with_changes
    from thermal.placement import place
    from thermal.report import power as report

    runs: list[Run] = []
    failures: list[tuple[str, int, str]] = []
    scene = place(bare)
    for prompt in prompts or (None,):
        said = [] if prompt is None else [(f"--prompt {prompt}", "prompt", prompt)]
        asked = with_changes(node, said)
        if len(prompts) < 2:
            runs += [report.Run(v.label, v.deployment) for v in variants(asked, site, compared)]
            continue
        # Of several lengths some may not fit; the others are still worth having.
        for i, text in enumerate(("", *compared)):
            try:
                made = variant(asked, site, text)
            except InputError as error:
                if not runs and i == 0 and prompt == prompts[0]:
                    raise
                failures.append(
                    (text or "base", prompt or 0, "; ".join(d.message for d in error.diagnostics))
                )
                continue
            runs.append(report.Run(made.label, made.deployment))
    first = runs[0].deployment
    swings = report.Tornado()
    if tornado:
        from thermal.cli.streams import progress

        with progress() as bar:
            bar("vary the constants", 0.0)
            at = [] if not prompts else [(f"--prompt {prompts[0]}", "prompt", prompts[0])]
            swings = report.tornado(with_changes(node, at), site, first, scene)
    heated = report.heated(scene, first.total(), first.covered) if first.placed else scene
    return report.PowerFindings(heated, tuple(runs), swings, tuple(failures))


def _write(found: PowerFindings, path: Path) -> None:
    from thermal.cli.exits import say
    from thermal.cli.files import writing

    with writing(path):
        from thermal.report.power_figures import write_figures

        write_figures(found, path)
    say(f"wrote {path}")
