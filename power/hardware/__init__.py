"""What computes: units, memories, links, clocks and regulators, and the blocks they live in."""
