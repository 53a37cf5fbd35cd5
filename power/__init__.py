"""What it dissipates: watts by block. No temperatures."""

__distribution__ = "thermal-floorplan"
