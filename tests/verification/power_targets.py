"""Measured against modelled; `python -m tests.verification.power_targets` prints the table."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from power.dvfs import locked
from power.energy import dissipation, idle
from power.hardware.accelerator import Accelerator
from power.hardware.reading import load_hardware
from power.host import host_named
from power.roofline import run
from power.served import Served
from power.serving import Server
from power.workloads.graph import Gemm, Kind, Operator, Traffic
from power.workloads.model import Model
from power.workloads.phase import Decode, Iteration, Prefill, TrainingStep
from power.workloads.precision import FORMATS
from power.workloads.presets import preset
from power.workloads.recurrent import DeepSpeech2
from power.workloads.resnet import ResNet

FOLDER = Path(__file__).with_name("measured")
ROOM = 273.15 + 34.0

DEVICES = {
    "H100-SXM-80GB": "h100-sxm",
    "H100": "h100-sxm",
    "H200": "h200-sxm",
    "A100": "a100-sxm-80gb",
    "L40S": "l40s",
    "MI210": "mi210",
}
MODELS = {
    "GPT-J 6B": "gpt-j-6b",
    "LLaMA 7B": "llama-2-7b",
    "LLaMA 70B": "llama-2-70b",
    "Falcon 180B": "falcon-180b",
    "Llama-3.3-70B": "llama-3.1-70b",
    "Llama-3.1-405B": "llama-3.1-405b",
    "Llama-3.1-8B": "llama-3.1-8b",
    "meta-llama/Llama-3.1-8B-Instruct": "llama-3.1-8b",
    "meta-llama/Llama-3.1-70B-Instruct": "llama-3.1-70b",
    "Qwen/Qwen3-8B": "qwen3-8b",
    "Qwen/Qwen3-14B": "qwen3-14b",
    "nvidia/NVIDIA-Nemotron-Nano-9B-v2": "nemotron-nano-9b-v2",
}
PROMPTS = {"lm-arena-chat": 120, "gpqa": 250}
"""Assumed: prompt lengths are not published."""


@dataclass(frozen=True)
class Outcome:
    """One target.

    Parameters
    ----------
    name, what
        As in the list of targets.
    modelled
        What the model gives: an error where the target is one.
    low, high
        What is within the target.
    wanted
        The target in words.
    """

    name: str
    what: str
    modelled: float
    low: float
    high: float
    wanted: str

    @property
    def met(self) -> bool:
        """Whether it is within its tolerance."""
        return self.low <= self.modelled <= self.high


def rows(file: str, **wanted: str) -> list[dict[str, str]]:
    """Rows of a file whose columns have the values wanted."""
    with (FOLDER / file).open(newline="") as stream:
        return [
            row for row in csv.DictReader(stream) if all(row[key] == value for key, value in wanted.items())
        ]


@cache
def device(name: str) -> Accelerator:
    """The hardware of a name in the files."""
    return load_hardware(DEVICES.get(name, name))


@cache
def model(name: str, form: str = "bf16") -> Model:
    """A model of a name in the files; eight bits mean weights, operands and cache."""
    found = preset(MODELS.get(name, name))
    return found if form == "bf16" else found.quantised(form)


def mape(ratios: Iterable[float]) -> float:
    """Mean of |modelled / measured - 1|."""
    return float(np.mean(np.abs(np.fromiter(ratios, float) - 1.0)))


@cache
def static_ratios() -> tuple[tuple[dict[str, str], float], ...]:
    """Modelled over measured tokens/s of every fixed batch."""
    found = []
    for row in rows("trtllm_static_batch.csv"):
        # The page states these batches; whether memory held them is not in question.
        server = Server(
            model(row["model"], row["dtype"]), device(row["device"]), int(row["tensor_parallel"]), usable=1.3
        )
        served = server.static(int(row["batch"]), int(row["input_len"]), int(row["output_len"]))
        found.append((row, served.tokens_per_second / served.devices / float(row["output_tokens_per_s"])))
    return tuple(found)


def static_batches() -> list[Outcome]:
    """Fixed batches, with and without the kernel that reads the cache once per query head."""
    multi = [ratio for row, ratio in static_ratios() if row["model"] in {"GPT-J 6B", "LLaMA 7B"}]
    grouped = [ratio for row, ratio in static_ratios() if row["pre_xqa_gqa_outlier"] == "yes"]
    return [
        Outcome("trtllm-static-mha", f"MAPE, {len(multi)} rows, tokens/s", mape(multi), 0.0, 0.10, "<= 0.10"),
        Outcome(
            "trtllm-static-gqa",
            f"mean over-prediction, {len(grouped)} rows of a kernel that re-read the cache",
            float(np.mean(grouped)),
            1.7,
            2.3,
            "1.7 to 2.3",
        ),
    ]


def first_tokens() -> list[Outcome]:
    """First-token latency at batch 1."""
    ratios = []
    for row in rows("trtllm_ttft_batch1.csv", input_len="2048"):
        server = Server(model(row["model"], row["dtype"]), device(row["device"]), int(row["tensor_parallel"]))
        ratios.append(server.first_token(2048).activity.seconds / float(row["first_token_latency_s"]))
    return [Outcome("trtllm-ttft-2048", f"MAPE, {len(ratios)} rows", mape(ratios), 0.0, 0.15, "<= 0.15")]


def in_flight() -> list[Outcome]:
    """In-flight batching at full load, as many sequences as memory holds."""
    ratios = []
    for row in rows("trtllm_inflight_v1.0.csv"):
        server = Server(model(row["model"], "fp8"), device(row["device"]), int(row["tensor_parallel"]))
        served = server.in_flight(int(row["input_len"]), int(row["output_len"]))
        ratios.append(served.tokens_per_second / float(row["total_output_tokens_per_s"]))
    return [Outcome("trtllm-inflight-v1", f"MAPE, {len(ratios)} rows", mape(ratios), 0.0, 0.15, "<= 0.15")]


def products(name: str = "A100") -> float:
    """MAPE of products of 64 and more rows, timed one by one."""
    ratios = []
    for row in rows("llmcompass_ops.csv", op="gemm", device=name):
        m, n, k = (float(row[key]) for key in ("M_or_rows_or_n", "N_or_cols", "K"))
        if m < 64:
            continue
        gemm, half = Gemm(m, n, k), FORMATS["fp16"]
        moved = Traffic(2.0 * n * k, 2.0 * m * k, 2.0 * m * n)
        one = Operator("product", Kind.GEMM, gemm.flops, traffic=moved, gemms=(gemm,), math=half)
        ratios.append(run([one], device(name), host=host_named("standalone")).seconds / float(row["time_s"]))
    return mape(ratios)


def gpt3_layer(phase: Prefill | Decode, prefix: str) -> float:
    """Modelled over measured time of one GPT-3 layer on four A100, every kernel timed on its own."""
    shape = {"n_embd": 12288, "n_head": 96, "n_layer": 1, "n_positions": 4096}
    layer = preset("gpt2", **shape).quantised("fp16").with_kernel("naive")
    graph = [each for each in layer.graph(phase) if each.group not in {"embedding", "head"}]
    modelled = run(graph, device("A100"), host=host_named("standalone"), devices=4).seconds
    measured = [float(row["time_s"]) for row in rows("llmcompass_ops.csv") if row["op"].startswith(prefix)]
    return modelled / sum(measured)


def operators() -> list[Outcome]:
    """Products, and one layer of GPT-3."""
    prefill = gpt3_layer(Prefill(8, 2048, logits=0), "gpt3_layer_prefill")
    decode = gpt3_layer(Decode(8, 3072), "gpt3_layer_decode")
    return [
        Outcome("llmcompass-gemm-a100", "MAPE, A100 fp16 products", products(), 0.0, 0.12, "<= 0.12"),
        Outcome("llmcompass-layer-a100", "prefill, relative error", abs(prefill - 1), 0.0, 0.10, "<= 0.10"),
        Outcome("llmcompass-layer-a100", "decode, relative error", abs(decode - 1), 0.0, 0.10, "<= 0.10"),
    ]


@dataclass(frozen=True)
class MeasuredServing:
    """One row of the serving benchmark, beside the model of it."""

    row: Mapping[str, str]
    served: Served
    watts: float

    @property
    def measured_watts(self) -> float:
        """Per GPU."""
        return float(self.row["avg_power_watts"]) / int(self.row["num_gpus"])


@cache
def served_rows() -> tuple[MeasuredServing, ...]:
    """Every dense and hybrid row on H100: served by the model, and its power at the measured throughput."""
    found = []
    vllm, h100 = host_named("vllm"), device("H100")
    for row in rows("mlenergy_h100_bf16.csv"):
        if row["model_id"] not in MODELS:
            continue
        devices, batch = int(row["num_gpus"]), float(row["avg_batch_size"])
        prompt, output = PROMPTS[row["task"]], float(row["avg_output_len"])
        server = Server(model(row["model_id"]), h100, devices, host=vllm, usable=0.95)
        served = server.in_flight(prompt, round(output), batch=batch)
        mixed = Iteration((Decode(batch, prompt + output / 2.0), Prefill(batch / (output - 1.0), prompt)))
        work = run(server.model.graph(mixed), h100, host=vllm, devices=devices, sequences=batch)
        seconds = served.phases[0].tokens / float(row["output_throughput_tokens_per_sec"])
        watts = dissipation(work.lasting(seconds), h100).board
        found.append(MeasuredServing(row, served, min(watts, h100.power_limit or watts)))
    return tuple(found)


def serving_power() -> list[Outcome]:
    """Power, latency and energy of a serving engine on H100."""
    below = [each for each in served_rows() if each.measured_watts < 640.0]
    power = mape(each.watts / each.measured_watts for each in below)
    every = mape(each.watts / each.measured_watts for each in served_rows())
    itl = mape(1e3 * each.served.itl / float(each.row["median_itl_ms"]) for each in served_rows())

    def token(name: str, task: str, batch: float) -> MeasuredServing:
        return min(
            (e for e in served_rows() if e.row["model_id"] == name and e.row["task"] == task),
            key=lambda e: abs(float(e.row["avg_batch_size"]) - batch),
        )

    llama = token("meta-llama/Llama-3.1-8B-Instruct", "lm-arena-chat", 256).served.joules_per_token
    dense = token("Qwen/Qwen3-8B", "gpqa", 64).served.joules_per_token
    hybrid = token("nvidia/NVIDIA-Nemotron-Nano-9B-v2", "gpqa", 64).served.joules_per_token
    ratio = 1.7674320009539075
    return [
        Outcome(
            "mlenergy-power-h100-dense", f"MAPE, {len(below)} rows below 640 W", power, 0.0, 0.08, "<= 0.08"
        ),
        Outcome(
            "mlenergy-power-h100-dense",
            f"the same, all {len(served_rows())} rows",
            every,
            0.0,
            0.08,
            "<= 0.08",
        ),
        Outcome("mlenergy-itl-h100", f"MAPE, {len(served_rows())} rows", itl, 0.0, 0.15, "<= 0.15"),
        Outcome(
            "mlenergy-jpt-llama31-8b-h100-b256",
            "J/token",
            llama,
            0.0766 * 0.85,
            0.0766 * 1.15,
            "0.0766 +- 15 %",
        ),
        Outcome(
            "hybrid-vs-dense-energy",
            "ratio of J/token",
            dense / hybrid,
            ratio * 0.8,
            ratio * 1.2,
            "1.77 +- 20 %",
        ),
    ]


def capped_ratio(network: str, batch: int, at: float = 100.0) -> float:
    """Epoch time at a power limit over that at 250 W, V100.

    PyTorch of 2021 multiplies in fp32 on this GPU. The recurrent network must have run in half precision: its
    steps are faster than the weights could be read in fp32.
    """
    found = {
        "resnet50": Model("resnet50", "cnn", ResNet()).quantised("fp32"),
        "deepspeech2": Model("deepspeech2", "rnn", DeepSpeech2()).quantised("fp16"),
        "bert": preset("bert-base").quantised("fp32"),
    }[network]
    tokens = 384.0 if network == "bert" else None
    step = TrainingStep(batch, tokens, "momentum" if network == "resnet50" else "adam")
    v100 = load_hardware("v100-pcie")
    slow, fast = (
        Server(found, v100, host=host_named("eager"), limit=limit).step(step) for limit in (at, 250.0)
    )
    return slow.activity.seconds / fast.activity.seconds


def training() -> list[Outcome]:
    """Training under a power limit."""
    resnet, rnn = 1.9292145923601491, 1.1933970235905795
    return [
        Outcome(
            "zeus-v100-resnet50-cap",
            "epoch time, 100 W : 250 W",
            capped_ratio("resnet50", 256),
            resnet * 0.9,
            resnet * 1.1,
            "1.93 +- 10 %",
        ),
        Outcome(
            "zeus-v100-rnn-cap",
            "epoch time, 100 W : 250 W",
            capped_ratio("deepspeech2", 12),
            rnn * 0.9,
            rnn * 1.1,
            "1.19 +- 10 %",
        ),
    ]


def standing() -> list[Outcome]:
    """Idle power, and decode of small batches in a framework that issues operators one by one."""
    h100, h200 = device("H100"), device("H200")
    still = idle(h100, locked(h100, h100.clocks["core"].lowest, ROOM)).board
    families = ("llama-2-7b", "llama-3.1-8b", "deepseek-v2-lite", "nemotron-nano-9b-v2")
    decode = [
        Server(model(name), h200, host=host_named("eager")).step(Decode(1, 2048)).dissipation.board
        for name in families
    ]
    return [
        Outcome("idle-h100", "W, 345 MHz, 34 degC", still, 71.0, 75.0, "71 to 75"),
        Outcome("h200-decode-power-range", "W, lowest of four", min(decode), 137.0, 300.0, "137 to 300"),
        Outcome("h200-decode-power-range", "W, highest of four", max(decode), 137.0, 300.0, "137 to 300"),
    ]


def families() -> list[Outcome]:
    """Hybrids and state-space models against transformers."""
    a100, h100 = device("A100"), device("H100")
    full = 131072 - 512

    def served(name: str, hardware: Accelerator, devices: int, prompt: int, output: int, form: str) -> float:
        return Server(model(name, form), hardware, devices).in_flight(prompt, output).tokens_per_second

    jamba, mixtral = (served(name, a100, 4, full, 512, "bf16") for name in ("jamba-v0.1", "mixtral-8x7b"))
    hybrid, dense = (
        served(name, h100, 8, 65536, 1024, "bf16") for name in ("nemotron-h-56b", "llama-3.1-70b")
    )

    # A100 of 80 GB, PCIe; Mamba by its own engine; the transformer as the framework of the time ran
    # it, at the largest power of two whose cache and three score matrices fit (128 would need 106 GB).
    pcie = load_hardware("a100-pcie-80gb")

    def generation(found: Model, batch: int, host: str) -> float:
        return Server(found, pcie, host=host_named(host)).static(batch, 2048, 128).tokens_per_second

    mamba = generation(model("mamba-1.4b", "fp16"), 128, "compiled")
    pythia = generation(model("pythia-1.4b", "fp16").with_kernel("eager"), 64, "eager")
    return [
        Outcome(
            "jamba-throughput", "tokens/s over Mixtral's, 128K", jamba / mixtral, 1.95, 4.05, "3 +- 35 %"
        ),
        Outcome(
            "nemotron-h-throughput", "tokens/s over Llama's, 64K in", hybrid / dense, 1.95, 4.05, "3 +- 35 %"
        ),
        Outcome("mamba-throughput", "tokens/s over a transformer's", mamba / pythia, 4.0, 5.0, "4 to 5"),
    ]


def _attention_bytes(name: str, context: int) -> float:
    """Keys and values alone: the recurrent state does not grow with the context."""
    found = model(name)
    return float(found.state_bytes(context) - found.state_bytes(0))


def sizes() -> list[Outcome]:
    """Caches and parameters."""
    exact: dict[str, tuple[Callable[[], float], float]] = {
        "kv-llama2-7b-256k": (lambda: model("llama-2-7b").state_bytes(262144), 137438953472),
        "kv-mistral-7b-256k": (lambda: preset("mistral-7b").state_bytes(262144), 34359738368),
        "kv-jamba-256k": (lambda: _attention_bytes("jamba-v0.1", 262144), 4294967296),
        "kv-mixtral-256k": (lambda: model("mixtral-8x7b").state_bytes(262144), 34359738368),
        "params-llama31-8b": (lambda: model("llama-3.1-8b").parameters, 8030261248),
        "params-llama2-70b": (lambda: model("llama-2-70b").parameters, 68976648192),
    }
    return [
        Outcome(name, "exact", float(find()), value, value, f"{value:d}")
        for name, (find, value) in exact.items()
    ]


TARGETS: tuple[Callable[[], list[Outcome]], ...] = (
    sizes,
    static_batches,
    first_tokens,
    in_flight,
    operators,
    serving_power,
    training,
    standing,
    families,
)


def table(outcomes: Iterable[Outcome]) -> str:
    """The outcomes as a table."""
    lines = ["| target | what | wanted | modelled | |", "| --- | --- | --- | --- | --- |"]
    for each in outcomes:
        value = f"{each.modelled:.0f}" if each.modelled > 1e6 else f"{each.modelled:.3g}"
        verdict = "met" if each.met else "**missed**"
        lines.append(f"| `{each.name}` | {each.what} | {each.wanted} | {value} | {verdict} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(outcome for target in TARGETS for outcome in target()) + "\n")
