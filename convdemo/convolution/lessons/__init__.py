"""Lessons beside the bench, each with numbers that torch gives too: neurons, losses, computation
graphs, optimizers, equivariance, and exercises that are generated and graded. Begin with exercises.
"""
