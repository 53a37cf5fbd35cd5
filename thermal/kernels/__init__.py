"""Numba kernels: the only place with compiled loops; everything comes in and goes out as arrays."""

import os

# Threads that wait for each other must sleep, not spin: kernels meet at a barrier thousands of times in a
# solve, and on a machine with other work spinning makes it ten times slower. Read when OpenMP starts.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
