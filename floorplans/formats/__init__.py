"""Readers and writers of geometry files."""
