"""Trainings that outlive the page: a run is a folder (store), which a process fills (worker), one
at a time (scheduler), and which can be looked into at any of its epochs (snapshots). Begin with
store."""
