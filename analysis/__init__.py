"""What the runs are for: generality, convergence, cycles, phylogeny, novelty (not there yet)."""
