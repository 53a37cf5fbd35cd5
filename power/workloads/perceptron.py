"""Multi-layer perceptrons, and the recommenders made of them: DLRM and neural collaborative filtering."""

from __future__ import annotations

from dataclasses import dataclass, replace

from power.workloads.component import Component, Parameters, State
from power.workloads.convolution import Dense
from power.workloads.graph import Gemm, Kind, Operator, Sharding, Traffic
from power.workloads.layered import Layered, deepened, widened
from power.workloads.operations import Activation, looked_up
from power.workloads.step import Step


def chain(name: str, widths: tuple[int, ...], *, last: Activation = Activation.NONE) -> tuple[Dense, ...]:
    """Fully connected layers with rectifiers between them."""
    count = len(widths) - 1
    return tuple(
        Dense(
            name,
            widths[position],
            widths[position + 1],
            activation=last if position == count - 1 else Activation.RELU,
        )
        for position in range(count)
    )


def thinned(widths: tuple[int, ...], depth: float, width: float) -> tuple[int, ...]:
    """A chain's widths with fewer and narrower hidden layers; the ends stay."""
    inner = widths[1:-1]
    if not inner:
        return widths
    kept = inner[: deepened((len(inner),), depth)[0]]
    return (widths[0], *widened(kept, width, 1), widths[-1])


@dataclass(frozen=True, slots=True)
class Perceptron(Layered):
    """Fully connected layers.

    Parameters
    ----------
    widths
        Features of input, hidden layers and output.
    """

    widths: tuple[int, ...]

    @property
    def layers(self) -> tuple[Component, ...]:
        """Layers in order."""
        return chain("mlp.dense", self.widths)

    def pruned(self, depth: float, width: float) -> Perceptron:
        """Fewer and narrower hidden layers."""
        return Perceptron(thinned(self.widths, depth, width))


@dataclass(frozen=True, slots=True)
class Tables:
    """Embedding tables of one width, each with its own look-ups.

    Parameters
    ----------
    rows
        Rows of each table.
    width
        Features.
    lookups
        Rows read and summed per table and sample.
    """

    rows: tuple[int, ...]
    width: int
    lookups: int = 1

    @property
    def parameters(self) -> Parameters:
        """All tables; one sample reads `lookups` rows of each."""
        total = sum(self.rows) * self.width
        return Parameters(
            wide=total, idle=total - len(self.rows) * min(self.lookups, *self.rows) * self.width
        )

    def state(self, context: int) -> State:  # noqa: ARG002
        """None."""
        return State()

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """Look-up and sum."""
        rows = step.sequences * len(self.rows)
        return (looked_up(step, "embedding.lookup", rows, self.width, tables=self.lookups),)

    def narrowed(self, width: float) -> Tables:  # noqa: ARG002
        """Itself."""
        return self


@dataclass(frozen=True, slots=True)
class Interaction:
    """Products of all pairs of feature vectors."""

    vectors: int
    width: int

    @property
    def parameters(self) -> Parameters:
        """None."""
        return Parameters()

    def state(self, context: int) -> State:  # noqa: ARG002
        """None."""
        return State()

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """A product with its own transpose per sample."""
        samples = step.sequences
        product = Gemm(self.vectors, self.vectors, self.width, samples)
        pairs = self.vectors * (self.vectors - 1) / 2
        return (
            Operator(
                "interaction.pairs",
                Kind.GEMM,
                matrix_flops=product.flops,
                traffic=Traffic(
                    inputs=step.activation_bytes(samples * self.vectors * self.width),
                    outputs=step.activation_bytes(samples * (pairs + self.width)),
                ),
                gemms=(product,),
                math=step.precision.attending,
                accumulate=step.precision.accumulators,
                sharding=Sharding.SPLIT,
            ),
        )

    def narrowed(self, width: float) -> Interaction:  # noqa: ARG002
        """Itself."""
        return self


@dataclass(frozen=True, slots=True)
class Dlrm(Layered):
    """Deep learning recommendation model (arXiv 1906.00091).

    Parameters
    ----------
    bottom
        Widths of the dense features' layers; the last is the tables' width.
    rows
        Rows of each table.
    top
        Widths of the layers behind the interaction, without its own.
    lookups
        Rows read per table and sample.
    """

    bottom: tuple[int, ...]
    rows: tuple[int, ...]
    top: tuple[int, ...]
    lookups: int = 1

    @property
    def layers(self) -> tuple[Component, ...]:
        """Bottom, tables, interaction, top."""
        width, vectors = self.bottom[-1], len(self.rows) + 1
        found = vectors * (vectors - 1) // 2 + width
        return (
            *chain("bottom.dense", self.bottom, last=Activation.RELU),
            Tables(self.rows, width, self.lookups),
            Interaction(vectors, width),
            *chain("top.dense", (found, *self.top), last=Activation.SIGMOID),
        )

    def pruned(self, depth: float, width: float) -> Dlrm:
        """Fewer and narrower hidden layers."""
        return replace(
            self,
            bottom=thinned(self.bottom, depth, width),
            top=thinned((0, *self.top), depth, width)[1:],
        )


@dataclass(frozen=True, slots=True)
class CollaborativeFiltering(Layered):
    """NeuMF (arXiv 1708.05031): a product of factors beside a perceptron on wider factors.

    Parameters
    ----------
    users, items
        Rows of the tables.
    factors
        Width of the product's factors, and of the perceptron's output.
    depth
        Layers of the perceptron, each half as wide as the one before.
    """

    users: int
    items: int
    factors: int = 32
    depth: int = 3

    @property
    def layers(self) -> tuple[Component, ...]:
        """Tables, perceptron, prediction."""
        wide = self.factors * 2 ** (self.depth - 1)
        widths = tuple(2 * wide >> position for position in range(self.depth + 1))
        return (
            Tables((self.users, self.items), self.factors),
            Tables((self.users, self.items), wide),
            *chain("mlp.dense", widths, last=Activation.RELU),
            Dense("head.dense", 2 * self.factors, 1),
        )

    def pruned(self, depth: float, width: float) -> CollaborativeFiltering:
        """Fewer layers, fewer factors."""
        return replace(
            self, depth=deepened((self.depth,), depth)[0], factors=max(1, round(self.factors * width))
        )
