"""Readers of what machines report about their own power."""
