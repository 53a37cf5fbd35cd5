"""Cases with known answers, solved on the machine at hand: what ``thermal verify`` runs.

The exact solutions are those of `thermal.verification`, which knows nothing of the solver; here the two
meet. `thermal.verify.run.verify` runs the cases.
"""
