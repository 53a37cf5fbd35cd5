from power.workloads.graph import Gemm, Kind, Operator, Traffic, merged, work


def operator(name="a", **more):
    return Operator(name, Kind.GEMM, 8.0, 2.0, Traffic(1, 2, 3, 4, 5, 6), (Gemm(1, 2, 2),), **more)


def test_traffic_adds_and_restreamed_bytes_are_apart():
    traffic = Traffic(1, 2, 3, 4, 5, 6)
    assert (traffic.read, traffic.written, traffic.total) == (7, 8, 15)
    assert (traffic.activations, traffic.state) == (5, 9)
    assert traffic + traffic == traffic.scaled(2)


def test_work_counts_executions():
    total = work((operator(count=3), operator("b", density=0.5, launches=2)))
    assert total.matrix_flops == 32
    assert total.flops == 40
    assert total.useful_flops == 36
    assert total.traffic.total == 60
    assert total.launches == 5


def test_equal_operators_merge_in_order_of_first_use_and_keep_the_sum():
    graph = (operator(), operator("b"), operator(count=4), operator("c"), operator("b"))
    found = merged(graph)
    assert [(each.name, each.count) for each in found] == [("a", 5), ("b", 2), ("c", 1)]
    assert work(found) == work(graph)


def test_groups_and_intensity():
    assert operator("attention.qkv").group == "attention"
    assert operator().intensity == 10 / 15
    assert Operator("idle", Kind.NORM).intensity == float("inf")
