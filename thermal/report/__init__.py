"""Reports of solutions: a document for programs, tables for the terminal, a PDF for the design review."""
