"""Models from Hugging Face ``config.json`` files, and from the same kind of file for other networks."""
