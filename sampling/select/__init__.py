"""Selection methods for one stratum: inclusion probabilities and random numbers in, a mask out.

Every selector takes pi (N,) with 0 < pi_k < 1, and numbers in (0, 1); all but Poisson sampling need
an integer sum n. The cities are in the order of the bytes of their ids. Certainty cities are set
aside before.
"""
