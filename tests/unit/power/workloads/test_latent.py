import pytest

from power.workloads.attention import attended
from power.workloads.graph import Kind, work
from power.workloads.latent import LatentAttention
from power.workloads.phase import Decode, Prefill
from power.workloads.presets import preset
from power.workloads.step import Step

V3 = LatentAttention(7168, 128, 512, 64, 128, 128, 1536)


def attending(operators):
    return next(each for each in operators if each.kind is Kind.ATTENTION)


def test_the_cache_holds_latent_and_rotated_key():
    assert V3.state(1).kv == 512 + 64
    # DeepSeek-V3: 61 layers x 576 numbers x 2 bytes.
    assert preset("deepseek-v3").state_bytes(1) == 61 * 576 * 2 == 70272


def test_decode_absorbs_and_prompts_expand():
    assert V3.absorbs(Decode(1, 4096).prefill)
    assert not V3.absorbs(Prefill(1, 4096))
    decode = attending(V3.operators(Step((Decode(2, 4096).prefill,))))
    assert decode.matrix_flops == pytest.approx(2 * 2 * 4097 * 128 * (576 + 512))
    assert decode.traffic.state_read == 2 * 4096 * 576 * 2
    prompt = attending(V3.operators(Step((Prefill(1, 4096),))))
    assert prompt.matrix_flops == pytest.approx(2 * attended(4096, 0) * 128 * (192 + 128))


@pytest.mark.parametrize("part", [Prefill(1, 1, 2000), Prefill(1, 64, 2000), Prefill(1, 300, 2000)])
def test_the_form_with_fewer_operations_is_taken(part):
    def flops(latent):
        return sum(each.matrix_flops for each in latent.operators(Step((part,))))

    class Absorbing(LatentAttention):
        def absorbs(self, part):
            return True

    class Expanding(LatentAttention):
        def absorbs(self, part):
            return False

    shape = (7168, 128, 512, 64, 128, 128, 1536)
    assert flops(V3) == min(flops(Absorbing(*shape)), flops(Expanding(*shape)))


def test_without_past_both_forms_project_equally_often():
    expanded = work(V3.operators(Step((Prefill(1, 8),)))).traffic.weights
    absorbed = work(V3.operators(Step((Decode(1, 8).prefill,)))).traffic.weights
    assert expanded == pytest.approx(absorbed)
    assert absorbed == pytest.approx(2 * V3.parameters.total)
