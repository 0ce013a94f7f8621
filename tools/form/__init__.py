"""Draws the connectors' specifications as forms in a browser, to be looked at before somebody has to fill them in."""
