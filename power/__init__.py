"""What it dissipates: watts by block. No temperatures."""
