"""What the spread of inputs does to temperatures: `thermal.uncertainty.propagation.propagate`.

`inputs` reads the `uncertainty:` section of a design, `distribution` the laws in it, `variation` puts values
into a design, `response` answers how temperatures follow, `surrogate` and `propagation` sum it up.
"""
