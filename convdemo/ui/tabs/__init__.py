"""The tabs that are made of Gradio's own controls and our displays.

Each module has, from top to bottom, the functions behind the tab, its layout and its events. What
two tabs need is a component or a function of the core; no tab imports another.
"""
