"""``thermal convert``: a design in the format of another program, and cases of other programs as designs."""

from __future__ import annotations

from pathlib import Path

import click

from thermal.cli import options
from thermal.cli.exits import Exit, say

FORMATS = ("design", "hotspot", "3d-ice")


@click.command("convert", short_help="Designs to and from HotSpot and 3D-ICE.")
@options.design_argument
@click.argument("folder", metavar="FOLDER", type=click.Path(file_okay=False, exists=True))
@click.option("--to", "wanted", type=click.Choice(FORMATS), default="design", show_default=True)
@click.option("--hotspot", metavar="NAME=VALUE", multiple=True, help="An option of HotSpot's command line.")
@options.set_option
def command(
    design: str, folder: str, wanted: str, hotspot: tuple[str, ...], assignments: tuple[str, ...]
) -> int:
    """Write DESIGN, a design or a case of HotSpot or 3D-ICE, into FOLDER in another format.

    \b
      thermal convert example.config . --hotspot f=ev6.flp
      thermal convert accel-2p5d ice --to 3d-ice

    What the other format cannot say is listed on stderr; the names of the files written go to stdout.
    """  # noqa: D301 - click reads the backspace
    from thermal.cli.imposing import written
    from thermal.cli.streams import put

    read = options.loaded(design, assignments, None, hotspot)
    lost: list[str] = []
    if wanted == "design":
        import yaml

        text = yaml.safe_dump(read.to_dict(), sort_keys=False, allow_unicode=True, width=110)
        files = {f"{read.name}.yaml": text}
    elif wanted == "hotspot":
        from thermal.formats.hotspot_writer import hotspot_of

        files, lost = hotspot_of(read)
    else:
        from thermal.formats.threedice_writer import threedice_of

        files, lost = threedice_of(read)
    paths = [written(Path(folder) / name, text) for name, text in files.items()]
    for what in lost:
        say(f"lost: {what}")
    put("".join(f"{path}\n" for path in paths))
    return Exit.OK
