"""Runs as one HTML page to read, print and pass on: sections as data, figures, the page."""
