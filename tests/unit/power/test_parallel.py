"""Tensor parallelism: nothing is lost or doubled, and what is exchanged."""

from dataclasses import replace

import pytest

from floorplans.diagnostics import InputError
from power.host import host_named
from power.parallel import exchange_time, exchanged, shard
from power.roofline import run
from power.workloads.graph import Collective, Sharding
from power.workloads.phase import Decode, Prefill
from power.workloads.precision import FORMATS
from power.workloads.presets import preset
from tests.unit.power.devices import plain, product

GRAPH = preset("llama-3.2-1b").graph(Prefill(4, 100))


@pytest.mark.parametrize("devices", [1, 2, 4, 8])
def test_products_are_divided_and_add_up(devices):
    whole = sum(each.matrix_flops * each.count for each in GRAPH)
    parts = sum(shard(each, devices).matrix_flops * each.count for each in GRAPH)
    assert parts * devices == pytest.approx(whole, rel=1e-12)
    for each in GRAPH:
        part = shard(each, devices)
        assert sum(gemm.flops for gemm in part.gemms) == pytest.approx(part.matrix_flops, rel=1e-9)


def test_weights_are_held_once_by_all_together():
    for each in GRAPH:
        kept = 1.0 if each.sharding is Sharding.REPLICATED else 0.25
        assert shard(each, 4).traffic.weights == pytest.approx(kept * each.traffic.weights)


def test_state_is_cut_into_no_more_parts_than_it_has():
    attention = next(
        each for each in preset("llama-3.1-8b").graph(Decode(1, 1000)) if each.kind == "attention"
    )
    assert attention.state_shards == 8
    assert shard(attention, 32).traffic.state_read == pytest.approx(attention.traffic.state_read / 8)


def test_an_all_reduce_sends_its_payload_twice_but_for_its_own_part():
    summed = replace(product(), collective=Collective.ALL_REDUCE, collective_bytes=1000.0)
    gathered = replace(summed, collective=Collective.ALL_GATHER)
    assert exchanged(summed, 4) == pytest.approx(1500.0)
    assert exchanged(gathered, 4) == pytest.approx(750.0)
    assert exchanged(summed, 1) == 0.0


def test_sums_of_eight_bit_products_are_exchanged_in_sixteen():
    narrow = replace(
        product(), collective=Collective.ALL_REDUCE, collective_bytes=1000.0, math=FORMATS["fp8"]
    )
    assert exchanged(narrow, 2) == pytest.approx(2000.0)


def test_an_exchange_takes_latency_and_bytes():
    link = plain().links["ring"]
    assert exchange_time(50e6, link) == pytest.approx(2e-6 + 50e6 / 50e9)


def test_several_devices_need_a_link():
    with pytest.raises(InputError, match="plain has no link, so 2 cannot share a model"):
        run(GRAPH, plain({"links": {}}), devices=2)


def test_unknown_hosts_get_a_suggestion():
    with pytest.raises(InputError, match="did you mean 'vllm'"):
        host_named("vlm")
