"""What is built: geometry, materials, blocks, dies and packages. No numerics."""
