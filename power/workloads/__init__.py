"""AI models as graphs of operators: what has to be computed, read and written. No hardware, no time."""
