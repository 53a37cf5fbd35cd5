"""Any small scene: heat in = heat out, nothing below ambient, reciprocity, superposition, mirrors."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import spsolve

from floorplans.diagnostics import InputError
from tests.unit.thermal.scenes import MM, area, block, grid, mesh_of, scene, slab, solve_cg, temperatures
from thermal.mesh.columns import Mesh
from thermal.scene import Face, PlacedBlock, Scene
from thermal.system import assemble

SIDE = 4.0
fraction = st.floats(0.0, 0.9)
k_values = st.sampled_from([0.3, 4.0, 130.0, 390.0])


@st.composite
def rects(draw: st.DrawFn) -> tuple[float, float, float, float]:
    x, y = draw(fraction) * SIDE, draw(fraction) * SIDE
    w, h = draw(st.floats(0.1, 2.0)), draw(st.floats(0.1, 2.0))
    return x * MM, y * MM, min(x + w, SIDE) * MM, min(y + h, SIDE) * MM


@st.composite
def cases(draw: st.DrawFn) -> tuple[Scene, Mesh]:
    """Two or three slabs with regions and perhaps void, two blocks, a refined mesh."""
    whole = (0.0, 0.0, SIDE * MM, SIDE * MM)
    slabs = []
    for i in range(draw(st.integers(2, 3))):
        areas = [area(draw(k_values), *whole)]
        if draw(st.booleans()):
            areas.append(area(draw(k_values), *draw(rects())))
        if i > 0 and draw(st.booleans()):
            areas.append(area(None, *draw(rects())))
        height = draw(st.sampled_from([0.05, 0.3, 1.0])) * MM
        exposed = (20.0, 300.0) if draw(st.booleans()) else None
        slabs.append(slab(height, *areas, contact=draw(st.sampled_from([0.0, 1e-5])), exposed=exposed))
    top = slabs[0].z1
    blocks = [block(name, draw(rects()), (0.0, top), draw(st.floats(0.1, 20.0))) for name in ("a", "b")]
    bottom = Face(300.0, draw(st.sampled_from([0.0, 50.0])))
    found = scene(whole[2:], slabs, blocks=blocks, top=Face(300.0, 3000.0), bottom=bottom)
    n = draw(st.integers(2, 6))
    x0, y0, x1, y1 = blocks[0].outline.bounds
    lines = np.linspace(0, SIDE * MM, n + 1)
    tree = grid(lines, lines, [(x0, y0, x1, y1, draw(st.floats(0.15, 1.0)) * MM)])
    return found, mesh_of(found, tree, draw(st.integers(1, 3)))


def with_power(found: Scene, **watts: float) -> Scene:
    blocks: list[PlacedBlock] = [
        block(b.name, b.outline, (b.z0, b.z1), watts.get(b.name, 0.0)) for b in found.blocks
    ]
    return scene(found.size, found.slabs, blocks=blocks, top=found.top, bottom=found.bottom)


@settings(max_examples=25)
@given(cases())
def test_heat_in_is_heat_out_and_nothing_is_colder_than_the_ambient(case):
    field = temperatures(case[0], case[1], 1e-10)
    system = field.system
    theta = np.nan_to_num(field.temperature - system.reference)
    assert system.source.sum() == pytest.approx(case[0].power, rel=1e-13)
    assert system.outflow(theta) == pytest.approx(case[0].power, rel=1e-11)
    # Plain fluxes would keep every cell above the ambient; those at faces between two sizes of cell are bent
    # by at most so much.
    bent = float(np.abs(system.hanging.bends(theta)).max(initial=0.0))
    rise = np.nanmax(field.temperature) - 300.0
    assert np.nanmin(field.temperature) >= 300.0 - max(1e-7 * rise, min(bent, 1e-3 * rise))


@settings(max_examples=25)
@given(cases())
def test_the_iteration_finds_what_a_direct_solver_finds(case):
    system = assemble(*case)
    matrix = system.to_csr()
    assert abs(matrix - matrix.T).max() <= 1e-15 * matrix.max()
    exact = spsolve(matrix.tocsc(), system.rhs.ravel())
    np.testing.assert_allclose(solve_cg(system).ravel(), exact, atol=1e-8 * np.abs(exact).max())


@settings(max_examples=15)
@given(cases())
def test_reciprocity(case):
    """A watt in block a warms b, on average over b, as a watt in b warms a."""
    found, mesh = case
    rises = []
    for source, probe in (("a", "b"), ("b", "a")):
        system = assemble(with_power(found, **{source: 1.0}), mesh)
        weights = assemble(with_power(found, **{probe: 1.0}), mesh).source
        rises.append(float(np.vdot(solve_cg(system), weights)))
    scale = max(abs(r) for r in rises)
    assert rises[0] == pytest.approx(rises[1], abs=1e-8 * scale + 1e-9)


@settings(max_examples=15)
@given(cases(), st.floats(0.1, 5.0), st.floats(0.1, 5.0))
def test_superposition(case, a, b):
    found, mesh = case
    parts = [solve_cg(assemble(with_power(found, **p), mesh)) for p in ({"a": a}, {"b": b})]
    both = solve_cg(assemble(with_power(found, a=a, b=b), mesh))
    np.testing.assert_allclose(both, parts[0] + parts[1], atol=1e-9 * both.max())


@settings(max_examples=15)
@given(cases())
def test_a_mirrored_scene_has_the_mirrored_field(case):
    found, mesh = case
    flip = np.linspace(0.1, 3.9, 14) * MM
    x, y = np.meshgrid(flip, flip)
    z = 0.4 * found.slabs[0].z1
    mirrored = scene(
        found.size,
        [
            slab(
                s.z1 - s.z0,
                *(
                    area(a.material, SIDE * MM - b[2], b[1], SIDE * MM - b[0], b[3])
                    for a in s.areas
                    for b in [a.outline.bounds]
                ),
                contact=s.contacts[0].resistance if s.contacts else 0.0,
                exposed=(s.exposures[0].htc, s.exposures[0].ambient) if s.exposures else None,
            )
            for s in found.slabs
        ],
        blocks=[
            block(p.name, (SIDE * MM - b[2], b[1], SIDE * MM - b[0], b[3]), (p.z0, p.z1), p.power)
            for p in found.blocks
            for b in [p.outline.bounds]
        ],
        top=found.top,
        bottom=found.bottom,
    )
    lines = mesh.tree.xlines
    assume(np.allclose(lines, SIDE * MM - lines[::-1]))
    x0, y0, x1, y1 = mirrored.blocks[0].outline.bounds
    finest = float(mesh.widths[0].min())
    tree = grid(lines, mesh.tree.ylines, [(x0, y0, x1, y1, finest * 1.001)])
    plain = grid(lines, mesh.tree.ylines, [(*found.blocks[0].outline.bounds, finest * 1.001)])
    assume(len(tree) == len(plain))
    counts = int(np.count_nonzero(mesh.slab == 0))
    try:
        one = temperatures(found, mesh_of(found, plain, counts), 1e-11).at(x, y, z)
    except InputError:
        assume(False)
    other = temperatures(mirrored, mesh_of(mirrored, tree, counts), 1e-11).at(x[:, ::-1], y, z)
    np.testing.assert_allclose(other, one, atol=1e-6 * float(np.ptp(one)) + 1e-7)
