"""A reduced model: decoupled states, what drives them, what they show, and what is known of its error."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from floorplans.diagnostics import did_you_mean
from thermal.kernels import rom as kernels
from thermal.kernels.arrays import Floats, Ints

SCHEMA = "thermal-rom/1"
PASSES = 2


class WrongModel(ValueError):
    """A reduced model was used with a design that it was not built for, or its file is none."""


class OutOfRange(UserWarning):
    """Inputs left the range that a reduced model is certified for."""


@dataclass(frozen=True)
class Certificate:
    """What is known of the error of a reduced model, K.

    Attributes
    ----------
    tolerance, band
        What was asked for, and the time scales in s for which.
    estimate
        Largest error of block means and maxima in full solves at shifts and inputs that the build did not
        use, without leakage; maxima include what their places miss.
    left
        What the basis leaves at the shifts of the build as one V-cycle sees it, with all inputs at the worse
        end of their ranges at once.
    compression
        Largest change of any output by the second compression, with inputs likewise.
    maxima
        Largest loss of a block's maximum by taking it over its places, in the fields of `estimate`.
    leakage
        Largest error of a group's leakage, in K of its own temperature, in those fields.
    shifts, basis
        Looked at, and vectors found.
    """

    tolerance: float
    band: tuple[float, float]
    estimate: float
    left: float
    compression: float
    maxima: float
    leakage: float
    shifts: int
    basis: int

    @property
    def bound(self) -> float:
        """Sum of the parts: a bound at the shifts that were sampled, as far as V-cycles tell errors, K."""
        return self.left + self.compression + self.maxima + self.leakage


@dataclass(frozen=True)
class Origin:
    """What a model was made of: design, mesh, the state it is frozen at, and the hash of all that."""

    design: str
    state: str
    fingerprint: str
    cells: int
    seconds: float = 0.0
    schema: str = SCHEMA


@dataclass(frozen=True, eq=False)
class ReducedModel:
    """d xi/dt = -rates xi + inputs (u - u0) + spread (leakage - leakage0); T = offset + rows xi.

    Everything is told as a deviation from the steady state that conductivities are frozen at.

    Attributes
    ----------
    rates
        ``[n]`` 1/s.
    inputs
        ``[m, n]``; the first inputs are groups in W, the last two the ambients of top and bottom in K.
    names, u0, reach
        ``[m]`` of the inputs: their values at the reference, and the largest that is certified (groups), or
        by how much ambients may differ.
    spread, readings, frozen
        ``[leaking, n]`` twice, ``[leaking]``: leakage of groups, see `thermal.kernels.rom.advance`.
    leaking
        Their names.
    table, low, step
        Logarithms of each group's watts at warmings from the reference.
    blocks
        Names of all blocks of the scene.
    rows, offset
        ``[outputs rows, n]``, ``[rows]`` K: first the mean of every block, then the places of their maxima.
    start
        ``[blocks + 1]`` ranges of places among the rows.
    cold
        ``[n]`` state at which everything is at the ambient of the top.
    member, shape
        ``[blocks]`` group of each block and its share.
    """

    rates: Floats
    inputs: Floats
    names: tuple[str, ...]
    u0: Floats
    reach: Floats
    spread: Floats
    readings: Floats
    frozen: Floats
    leaking: tuple[str, ...]
    table: Floats
    low: float
    step_k: float
    blocks: tuple[str, ...]
    rows: Floats
    offset: Floats
    start: Ints
    cold: Floats
    member: Ints
    shape: Floats
    origin: Origin
    certificate: Certificate

    @property
    def states(self) -> int:
        """Number of states."""
        return int(self.rates.size)

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the inputs that are watts."""
        return self.names[:-2]

    def check(self, fingerprint: str) -> None:
        """Refuse a design that the model was not built for.

        Raises
        ------
        WrongModel
            The fingerprints differ.
        """
        if fingerprint != self.origin.fingerprint:
            raise WrongModel(
                f"this reduced model was built for {self.origin.design!r} as of "
                f"{self.origin.fingerprint[:12]}, and the design given is {fingerprint[:12]}: build it anew"
            )

    def without_leakage(self) -> ReducedModel:
        """The model with leakage as it is at the reference, whatever the temperature."""
        n = self.states
        none = np.empty((0, n))
        return replace(
            self,
            spread=none,
            readings=none,
            frozen=np.empty(0),
            leaking=(),
            table=np.empty((0, self.table.shape[1])),
        )

    def outputs(self, quantity: str = "max", blocks: Sequence[str] | None = None) -> Outputs:
        """Rows that tell the mean (``avg``) or the maximum (``max``) of blocks, by default of all.

        Raises
        ------
        KeyError
            A block is none of the model's; near misses are named.
        """
        names = list(self.blocks if blocks is None else blocks)
        for name in names:
            if name not in self.blocks:
                raise KeyError(f"no block {name!r}{did_you_mean(name, list(self.blocks))}")
        position = {name: i for i, name in enumerate(self.blocks)}
        count = len(self.blocks)
        picked = []
        for i in (position[name] for name in names):
            places = range(count + self.start[i], count + self.start[i + 1])
            picked.append([i] if quantity == "avg" or not places else list(places))
        flat = np.concatenate([np.array(p, np.int64) for p in picked])
        start = np.cumsum([0, *(len(p) for p in picked)]).astype(np.int64)
        return Outputs(tuple(names), np.ascontiguousarray(self.rows[flat]), self.offset[flat], start)

    def warn_range(self, u: Floats) -> None:
        """Warn where inputs ``[..., m]`` leave the certified range, with the error to expect."""
        watts = np.asarray(u)[..., :-2].reshape(-1, len(self.groups))
        beyond = np.maximum(watts, 0.0).max(axis=0) / self.reach[:-2]
        below = watts.min(axis=0) < 0.0
        if np.any(beyond > 1.0 + 1e-9) or below.any():
            i = int(np.argmax(np.where(below, np.inf, beyond)))
            factor = max(1.0, float(beyond.max()))
            warnings.warn(
                f"input {self.names[i]!r} leaves the range that this model is certified for "
                f"(0 to {self.reach[i]:.3g} W, got {watts[:, i].min():.3g} to {watts[:, i].max():.3g} W); "
                f"expect errors of up to {factor * self.certificate.estimate:.2g} K",
                OutOfRange,
                stacklevel=3,
            )

    def steps(self, lengths: Floats) -> tuple[Floats, Floats, Floats]:
        """Decay, and the weights of held and of rising inputs, by length of step, ``[lengths, n]``."""
        h = np.asarray(lengths, float).reshape(-1, 1)
        z = h * self.rates
        small = z < 1e-4
        safe = np.where(small, 1.0, z)
        one = np.where(small, 1.0 - z / 2.0 + z * z / 6.0, -np.expm1(-safe) / safe)
        two = np.where(small, 0.5 - z / 6.0, (1.0 - one) / safe)
        return np.exp(-z), h * one, h * two

    def step(self, state: Floats, seconds: float, u: Floats) -> Floats:
        """The state after a time with inputs ``u`` ``[m]`` held (W, K): a new array ``[n]``."""
        return self.run([seconds], np.asarray(u, float)[None], start=state).state

    def run(
        self,
        lengths: Sequence[float] | Floats,
        u: Floats,
        *,
        start: Floats | None = None,
        linear: bool = False,
        outputs: Outputs | None = None,
        warned: bool = True,
    ) -> Response:
        """March through intervals of piecewise constant or linear inputs, exact at any length of interval.

        Parameters
        ----------
        lengths
            ``[intervals]`` s.
        u
            ``[intervals, m]`` held in each; or with `linear` ``[intervals + 1, m]`` at their ends.
        start
            State ``[n]`` to begin from; default the reference.
        outputs
            What to read after each interval; default the maxima of all blocks.
        """
        h = np.asarray(lengths, float)
        values = np.asarray(u, float)
        if not (np.isfinite(h).all() and np.all(h > 0.0)):
            raise ValueError("intervals must be longer than 0 s, and finite")
        if not np.isfinite(values).all():
            raise ValueError("inputs must be finite")
        if values.shape != (h.size + linear, len(self.names)):
            raise ValueError(
                f"inputs must be [{h.size + linear}, {len(self.names)}]: one row for each "
                f"{'end of an interval' if linear else 'interval'}, one column for each of "
                f"{', '.join(self.names[:3])} ... (got {list(values.shape)})"
            )
        if warned:
            self.warn_range(values)
        wanted = outputs or self.outputs()
        distinct, which = np.unique(h, return_inverse=True)
        state = np.zeros(self.states) if start is None else np.array(start, float)
        out = np.empty((h.size, len(wanted.names)))
        kernels.march(
            state,
            *self.steps(distinct),
            self.inputs,
            np.ascontiguousarray(values - self.u0),
            linear,
            self.spread,
            self.readings,
            self.table,
            self.low,
            self.step_k,
            self.frozen,
            PASSES,
            wanted.rows,
            wanted.offset,
            wanted.start,
            which.astype(np.int64),
            out,
        )
        return Response(np.cumsum(h), wanted.names, out, state)

    def nominal(self, powers: Mapping[str, float] | None = None) -> Floats:
        """``[m]`` inputs of the design, with other watts for some groups.

        Raises
        ------
        KeyError
            A name is no input; near misses are named.
        """
        u = self.u0.copy()
        for name, watts in (powers or {}).items():
            if name not in self.names:
                raise KeyError(f"no input {name!r}{did_you_mean(name, list(self.names))}")
            u[self.names.index(name)] = watts
        return u

    def of_blocks(self, watts: Floats) -> Floats:
        """``[..., groups]`` W of groups from those of blocks ``[..., blocks]``."""
        out = np.zeros((*watts.shape[:-1], len(self.groups)))
        for i, g in enumerate(self.member.tolist()):
            out[..., g] += watts[..., i]
        return out

    def transfer(self, shift: float) -> Floats:
        """``[rows, m]`` K per W (or per K) of every row at a real shift in 1/s, without leakage."""
        return np.asarray(self.rows @ (self.inputs / (self.rates + shift)).T, float)

    def saved(self, path: Path) -> Path:
        """Write the model as ``.npz``; returns the path."""
        import io

        from thermal.report.wholefile import write_whole

        sink = io.BytesIO()
        np.savez(sink, allow_pickle=False, meta=np.array(self._meta()), **self.arrays())
        write_whole(path, sink.getvalue())
        return path

    def arrays(self) -> dict[str, Floats | Ints]:
        """The arrays of the model by name."""
        return {key: value for key, value in vars(self).items() if isinstance(value, np.ndarray)}

    def _meta(self) -> str:
        plain = {k: v for k, v in vars(self).items() if isinstance(v, tuple | float)}
        return json.dumps(
            plain | {"origin": asdict(self.origin), "certificate": asdict(self.certificate)}, sort_keys=True
        )

    @classmethod
    def load(cls, path: Path) -> ReducedModel:
        """Read a model that `saved` wrote.

        Raises
        ------
        WrongModel
            It is none, or of another version of this program.
        """
        import zipfile

        try:
            with np.load(path, allow_pickle=False) as found:
                meta = json.loads(str(found["meta"]))
                arrays = {key: found[key] for key in found.files if key != "meta"}
            origin = Origin(**meta.pop("origin"))
            certificate = meta.pop("certificate")
            certificate["band"] = tuple(certificate["band"])
            if origin.schema != SCHEMA:
                raise WrongModel(f"{path}: written by another version ({origin.schema}): build it anew")
            meta = {k: tuple(v) if isinstance(v, list) else v for k, v in meta.items()}
            return cls(**arrays, **meta, origin=origin, certificate=Certificate(**certificate))
        except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
            if isinstance(error, WrongModel):
                raise
            raise WrongModel(f"{path}: no reduced model ({error})") from None


@dataclass(frozen=True, eq=False)
class Outputs:
    """What to read: each output is the largest of its rows."""

    names: tuple[str, ...]
    rows: Floats
    offset: Floats
    start: Ints


@dataclass(frozen=True, eq=False)
class Response:
    """Temperatures ``[intervals, outputs]`` in K at the ends of intervals (s), and the state at the end."""

    times: Floats
    names: tuple[str, ...]
    temperatures: Floats
    state: Floats
