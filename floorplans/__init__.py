"""What is built: geometry, materials, blocks, dies and packages. No numerics."""

__distribution__ = "thermal-floorplan"
