"""``thermal verify``: the built-in cases with known answers, solved on this machine."""

from __future__ import annotations

import click

from thermal.cli import options


@click.command("verify", short_help="Solve cases with known answers, here, and compare.")
@click.option(
    "--case", "names", metavar="NAME", multiple=True, help="Run this case only. Repeatable.  [default: all]"
)
@options.json_option
def command(names: tuple[str, ...], as_json: bool) -> int:
    """Solve the built-in cases whose answers are known, and print errors beside error bars.

    The exit code is 0 when every error lies within its bar, else 1.

    \b
      thermal verify
      thermal verify --case fourier --json
    """  # noqa: D301 - click reads the backspace
    from thermal.cli.compiling import announced
    from thermal.cli.exits import Exit
    from thermal.cli.streams import progress, put, shown

    with announced(), progress() as report:
        report("load", 0.0)
        from thermal.verify.run import CASES, verify

        wanted = {name: _known(name, [case.key for case in CASES]) for name in names}
        cases = [case for case in CASES if not wanted or case.key in wanted]
        outcomes = list(verify(cases, report))
    from thermal.report.document import dumped
    from thermal.report.verification import verify_document, verify_report

    put(dumped(verify_document(outcomes)) if as_json else shown(verify_report(outcomes)))
    return Exit.OK if all(outcome.within for outcome in outcomes) else Exit.LIMIT


def _known(name: str, known: list[str]) -> str:
    from floorplans.diagnostics import did_you_mean

    if name not in known:
        near = did_you_mean(name, known)
        raise click.UsageError(f"no case '{name}'{near} (there are: {', '.join(known)})")
    return name
