"""Garments drawn at random on a canvas: bags, shoes and what else there are hardly any photos of.
Begin with garments, which has every kind by its class."""
