"""Joint inclusion probabilities pi_kl: exact where a formula exists, else by a named approximation."""
