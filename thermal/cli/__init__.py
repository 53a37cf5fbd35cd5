"""The command line; `main` is its front door, every command is a module of its own."""
