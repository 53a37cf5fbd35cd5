"""``python -m thermal``: the command line."""

from thermal.cli.main import main

main()
