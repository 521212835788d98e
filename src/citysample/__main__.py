"""``python -m citysample`` is the command ``citysample``."""

from citysample.cli import main

if __name__ == "__main__":
    main()
