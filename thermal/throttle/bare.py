"""The loop without serving detail: mean rounds instead of iterations, and no blocks watched at every tick."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from thermal.throttle.prepared import Prepared


def bare(plan: Prepared) -> Prepared:
    """The same run with the mean watts of full load at every operating point.

    What remains is the reduced model, leakage, sensors and controllers.
    """
    from thermal.kernels.serving import MEAN

    demand = replace(plan.load.demand, kind=MEAN, slots=1)
    load = replace(plan.load, demand=demand, closed=1, arrival=np.empty(0), rate=0.0)
    rounds = plan.work.rounds[:, :, :, :, None, None, None, :]
    one = np.zeros(1)
    work = plan.work._replace(sequences=one, context=one, prompt=one, values=np.ascontiguousarray(rounds))
    return replace(
        plan,
        load=load,
        work=work,
        watched=plan.plant.rows("max", ()),
        follows=(),
        loop=plan.loop._replace(limits=np.zeros(0)),
    )
