"""The script that builds the shipped world frame from three public packages.

``python -m citysample.reference_frames.world.builder OUT`` writes the table; its packages are named
in ``reference_frames/data/build-requirements.txt`` and are not needed to use citysample.
"""
