"""The serving engine: work is conserved, queues are as theory has them, latencies are what was waited."""

import math
from pathlib import Path

import numpy as np
import pytest

from floorplans.diagnostics import InputError
from tests.unit.thermal.throttle import small
from thermal.kernels.serving import DONE, MADE, TAKEN, Work, retune, serve
from thermal.throttle.serving import Traffic, latency, read_requests
from thermal.throttle.work import Demand

D, G = 1, 1
CHANNELS = 4 + D + G


def work(decode: float = 0.01, prompt: float = 1e-4) -> Work:
    """Iterations that take `decode` s for any number of sequences, and `prompt` s a prompt token besides."""
    n, c, p = np.array([0.0, 1.0, 64.0]), np.zeros(1), np.array([0.0, 512.0])
    values = np.zeros((1, 1, 1, 1, n.size, 1, p.size, CHANNELS))
    for z, tokens in enumerate(p):
        values[0, 0, 0, 0, :, 0, z, 0] = 1.0 / (decode + prompt * tokens)
    values[0, 0, 0, 0, ..., 2:] = 100.0
    return Work(
        np.ones(1), np.zeros(1), np.ones(1), n, c, p, values, values[..., 0, 0, 0, :], np.ones((1, 1, 0))
    )


def load(kind: int, **keys: object) -> Traffic:
    base = {
        "demand": Demand(kind, 8, 100.0, 20.0, 120.0, 512.0),
        "closed": 0,
        "arrival": np.empty(0),
        "prompt": np.full(4, 100.0),
        "output": np.full(4, 20.0),
        "fixed": 0.0,
        "each": 1.0,
        "room": 1e9,
        "mixed": True,
        "per_step": 1.0,
        "rate": 0.0,
        "unit": "token",
    }
    return Traffic(**(base | keys))  # type: ignore[arg-type]


def served(traffic: Traffic, seconds: float, tick: float = 1e-3, duty: float = 1.0, **keys: float):
    tables = work(**keys)
    engine, queue, mean = traffic.engine(CHANNELS, tables), traffic.queue, np.zeros(CHANNELS)
    idle = np.full((1, 1, 1, CHANNELS), 10.0)
    retune(tables, engine, 0, 1.0, 0.0, 1.0, idle)
    joules, busy = 0.0, 0.0
    for t in range(round(seconds / tick)):
        busy += serve(tables, queue, engine, t * tick, tick, duty, math.inf, mean)
        joules += mean[2] * tick
    return engine, joules, busy


def test_ticks_of_any_length_come_to_the_same():
    arrivals = np.cumsum(np.random.default_rng(1).exponential(0.05, 60))
    traffic = load(1, arrival=arrivals, prompt=np.full(60, 100.0), output=np.full(60, 20.0))
    found = [served(traffic, 4.0, tick) for tick in (1e-4, 1e-3, 1e-2, 1.0)]
    for engine, joules, busy in found:
        assert engine.at[MADE] == pytest.approx(found[0][0].at[MADE], rel=1e-12)
        assert (joules, busy) == pytest.approx(found[0][1:], rel=1e-9)


def test_every_request_that_is_done_made_all_its_tokens_and_energy_is_watts_by_time():
    traffic = load(1, arrival=np.linspace(0.0, 1.0, 10), prompt=np.full(10, 100.0), output=np.full(10, 20.0))
    engine, joules, busy = served(traffic, 10.0)
    assert (engine.at[DONE], engine.at[TAKEN], engine.at[MADE]) == (10.0, 10.0, 200.0)
    assert engine.first.sum() == engine.waited.sum() == 10.0
    assert engine.between.sum() == pytest.approx(190.0)
    assert joules == pytest.approx(100.0 * busy + 10.0 * (10.0 - busy), rel=1e-9)


def test_one_request_alone_waits_for_its_prompt_and_no_more():
    traffic = load(1, arrival=np.array([0.5]), prompt=np.array([100.0]), output=np.array([20.0]))
    engine, _, _ = served(traffic, 2.0)
    # Prefill: 10 ms + 100 x 0.1 ms. Bins are 0.5 % wide.
    assert latency(engine.first).p50 == pytest.approx(0.02, rel=0.005)
    assert latency(engine.between).p99 == pytest.approx(0.01, rel=0.005)
    assert latency(engine.waited).p50 == 0.0


def test_batches_of_one_wait_as_in_the_queue_m_d_1():
    # Poisson arrivals, service of exactly 10 ms, utilisation 0.7: the mean wait is rho s / (2 (1 - rho)).
    rate, service, count = 70.0, 0.01, 40_000
    arrivals = np.cumsum(np.random.default_rng(7).exponential(1.0 / rate, count))
    ones = np.ones(count)
    traffic = load(2, demand=Demand(2, 1, 1.0, 1.0, 1.0, 1.0), arrival=arrivals, prompt=ones, output=ones)
    engine, _, busy = served(traffic, count / rate, tick=0.1)
    expected = 0.7 * service / (2.0 * 0.3)
    # The mean over 40 000 waits that are correlated over some 1 / (1 - rho)^2 services.
    assert latency(engine.waited).mean == pytest.approx(expected, rel=0.1)
    assert busy * rate / count == pytest.approx(0.7, rel=4.0 / math.sqrt(count))


def test_a_closed_loop_keeps_its_number_and_its_throughput_is_slots_over_iteration():
    traffic = load(1, closed=8)
    engine, _, _ = served(traffic, 20.0)
    assert engine.at[TAKEN] - engine.at[DONE] == 8.0
    # A life is 19 decodes and a prefill beside the others; of 20 iterations 8 hold 100 prompt tokens.
    per_round = 20 * 0.01 + 8 * 100 * 1e-4
    # Where prompts coincide they share an iteration, which changes nothing: time is linear in them.
    assert engine.at[MADE] / 20.0 == pytest.approx(8 * 20 / per_round, rel=0.02)


def test_half_the_duty_is_half_the_throughput_and_the_mean_of_both_watts():
    traffic = load(1, closed=8)
    (full, full_joules, _), (half, half_joules, _) = (served(traffic, 20.0, duty=d) for d in (1.0, 0.5))
    assert half.at[MADE] / full.at[MADE] == pytest.approx(0.5, rel=0.01)
    assert full_joules == pytest.approx(100.0 * 20.0)
    assert half_joules == pytest.approx(0.5 * (100.0 + 10.0) * 20.0)


def test_prompts_that_go_first_hold_up_decodes():
    mixed, first = (served(load(1, closed=8, mixed=m), 20.0, prompt=1e-3)[0] for m in (True, False))
    assert latency(first.between).p99 > latency(first.between).p50 > 0.0
    assert first.at[MADE] < mixed.at[MADE]


def test_memory_admits_only_what_fits():
    arrival = np.zeros(6)
    traffic = load(1, arrival=arrival, prompt=np.full(6, 100.0), output=np.full(6, 20.0), room=250.0)
    engine, _, _ = served(traffic, 0.05)
    assert np.count_nonzero(~np.isnan(engine.asked)) == 2
    assert served(traffic, 10.0)[0].at[DONE] == 6.0


def test_requests_of_a_file(tmp_path: Path):
    path = tmp_path / "r.csv"
    path.write_text("time_s,prompt\n0,100\n0.5,50\n")
    times, prompts, outputs = read_requests(path, 7, 9)
    assert (times.tolist(), prompts.tolist(), outputs.tolist()) == ([0.0, 0.5], [100.0, 50.0], [9.0, 9.0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "t,prompt\n0,1\n",
            "1:1: error: needs a column time_s, and may have prompt and output (got t, prompt)",
        ),
        ("time_s\n1\n0.5\n", "3:1: error: times must not go backwards"),
        ("time_s,prompt\n0,nan\n", "2:1: error: prompt must be at least 1 (got 'nan')"),
        ("time_s\n", "1:1: error: has no requests"),
    ],
)
def test_files_of_requests_that_are_wrong(tmp_path: Path, text: str, expected: str):
    path = tmp_path / "r.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_requests(path, 1, 1)
    assert str(caught.value) == f"{path}:{expected}"


def test_the_trace_of_a_design_is_beside_it_and_a_missing_one_is_said():
    from thermal.throttle.prepared import prepared
    from thermal.throttle.site import site

    with pytest.raises(InputError, match=r"none\.csv: error: cannot be read"):
        prepared(site(small.design(serving={"trace_csv": "none.csv"})), small.model())
