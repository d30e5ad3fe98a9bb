"""Grids of runs, worked side by side, each in a process of its own."""
