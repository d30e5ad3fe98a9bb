"""A fight as one HTML file that executes it again, and as a picture of space and time."""
