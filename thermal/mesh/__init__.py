"""Columns over the leaves of a balanced quadtree, extruded through the z-planes of the stack."""
