"""The reference solvers: what a good engineer would otherwise take off the shelf for the same matrix."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyamg
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """One solve of `A x = b` to a relative residual, from zero.

    Parameters
    ----------
    iterations : int
        Krylov iterations; 0 for a direct solve.
    sweeps : int
        Smoothing sweeps a level and iteration, both ways counted together.
    setup_s, solve_s : float
        Wall time, s.
    residual : float
        |b - A x| / |b| in the 2-norm, computed afterwards from the solution itself.
    """

    iterations: int
    sweeps: int
    setup_s: float
    solve_s: float
    residual: float

    def document(self) -> dict[str, Any]:
        """Return the fields as a dictionary."""
        return asdict(self)


def residual(matrix: sparse.csr_array, x: Vector, b: Vector) -> float:
    """|b - A x| / |b|, 2-norm."""
    return float(np.linalg.norm(b - matrix @ x) / np.linalg.norm(b))


def _multigrid(setup: Callable[[Any], Any], matrix: sparse.csr_array, b: Vector, tolerance: float) -> Outcome:
    begin = time.perf_counter()
    hierarchy = setup(sparse.csr_matrix(matrix))
    ready = time.perf_counter()
    history: list[float] = []
    x = hierarchy.solve(b, x0=np.zeros_like(b), tol=tolerance, maxiter=500, accel="cg", residuals=history)
    end = time.perf_counter()
    # The default smoother is one symmetric Gauss-Seidel (two sweeps) before and one after.
    return Outcome(len(history) - 1, 4, ready - begin, end - ready, residual(matrix, x, b))


def ruge_stuben(matrix: sparse.csr_array, b: Vector, tolerance: float) -> Outcome:
    """Classical algebraic multigrid as preconditioner of CG, with pyamg's defaults."""
    return _multigrid(pyamg.ruge_stuben_solver, matrix, b, tolerance)


def smoothed_aggregation(matrix: sparse.csr_array, b: Vector, tolerance: float) -> Outcome:
    """Smoothed aggregation as preconditioner of CG.

    pyamg's defaults but for the strength of connection: without a threshold it coarsens across weak couplings
    and takes nine times the iterations (184 instead of 20 at 0.1 million cells).
    """

    def setup(csr: Any) -> Any:
        return pyamg.smoothed_aggregation_solver(csr, strength=("symmetric", {"theta": 0.08}))

    return _multigrid(setup, matrix, b, tolerance)


def sparse_direct(matrix: sparse.csr_array, b: Vector, tolerance: float) -> Outcome:
    """SuperLU in symmetric mode; `tolerance` is met by nature and not used."""
    del tolerance
    begin = time.perf_counter()
    factors = splu(
        sparse.csc_matrix(matrix),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    ready = time.perf_counter()
    x = factors.solve(b)
    return Outcome(0, 0, ready - begin, time.perf_counter() - ready, residual(matrix, x, b))


@dataclass(frozen=True)
class Reference:
    """A reference solver and a first guess of its memory: coefficient x unknowns ** power, bytes."""

    title: str
    solve: Callable[[sparse.csr_array, Vector, float], Outcome]
    coefficient: float
    power: float
    most_unknowns: float = np.inf

    def predicted_bytes(self, unknowns: int, measured: tuple[int, int] | None = None) -> int:
        """Memory for a size, scaled from the last measured (unknowns, bytes) where there is one."""
        if measured is None:
            return int(self.coefficient * unknowns**self.power)
        return int(measured[1] * (unknowns / measured[0]) ** self.power)


REFERENCES = {
    "ruge-stuben": Reference("pyamg Ruge-Stüben + CG", ruge_stuben, 1200, 1.0),
    "smoothed-aggregation": Reference("pyamg smoothed aggregation + CG", smoothed_aggregation, 2500, 1.0),
    # Fill grows as n^(4/3) in three dimensions at best, time as n^2: minutes at 100 000 unknowns.
    "direct": Reference("sparse direct (SuperLU)", sparse_direct, 300, 4 / 3, 150_000),
}


def write_system(folder: Path, matrix: sparse.csr_array, b: Vector) -> None:
    """Store matrix and right-hand side, for a process that has assembled nothing itself."""
    for name, array in (
        ("data", matrix.data),
        ("indices", matrix.indices),
        ("indptr", matrix.indptr),
        ("b", b),
    ):
        np.save(folder / f"{name}.npy", array)


def read_system(folder: Path) -> tuple[sparse.csr_array, Vector]:
    """Return what `write_system` stored."""
    data, indices, indptr, b = (
        np.load(folder / f"{name}.npy") for name in ("data", "indices", "indptr", "b")
    )
    return sparse.csr_array((data, indices, indptr), shape=(b.size, b.size)), b
