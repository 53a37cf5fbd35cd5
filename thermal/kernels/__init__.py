"""Numba kernels: the only place with compiled loops; everything comes in and goes out as arrays."""
