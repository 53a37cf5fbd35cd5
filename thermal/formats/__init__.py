"""Whole models of other programs: readers that give a design, writers of designs and of temperatures."""
