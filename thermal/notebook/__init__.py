"""Exploration in a notebook: maps that answer to the mouse, without a server and without a network."""
