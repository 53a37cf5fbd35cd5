"""``thermal init``: a small design to start from."""

from __future__ import annotations

from pathlib import Path

import click

TEMPLATE = Path(__file__).with_name("starter.yaml")

DEFAULT = "my-package"


@click.command("init", short_help="Write a small design to start from.")
@click.argument("name", default=DEFAULT, metavar="[NAME]")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def command(name: str, force: bool) -> None:
    """Write a small, commented design to NAME (default my-package.yaml).

    It solves as it stands; change it to yours.
    """
    from floorplans.diagnostics import Diagnostic, InputError
    from thermal.cli.exits import Unwritable, say
    from thermal.cli.files import check_writable, writing
    from thermal.report.wholefile import write_whole

    path = Path(name) if Path(name).suffix in (".yaml", ".yml") else Path(f"{name}.yaml")
    title = path.stem
    if not title or any(c.isspace() or not c.isprintable() for c in title):
        raise InputError(Diagnostic(None, f"'{title}' cannot name a design: use letters, digits and dashes"))
    if path.exists() and not force:
        raise Unwritable(f"'{path}'", FileExistsError(None, "it exists; --force overwrites it"))
    text = TEMPLATE.read_text(encoding="utf-8").replace("design: starter", f"design: {_quoted(title)}", 1)
    check_writable(path)
    with writing(path):
        write_whole(path, text.replace("starter.yaml", path.name).encode())
    say(f"wrote {path}; next: thermal check {path}, then thermal solve {path} --map")


def _quoted(title: str) -> str:
    # Only a plain word is surely a text to YAML; 2026 would be a number, yes a truth.
    plain = title[0].isalpha() and all(c.isalnum() or c in "-_." for c in title) and "-" in title
    return title if plain else "'" + title.replace("'", "''") + "'"
