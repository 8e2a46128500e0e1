"""From a network and a data set to weights: settings (config, recipes, command), the loop and its
steps (loop, step, optimizer, evaluation), what makes it fast here (autotune, memory, hardware,
distributed), and measurements (benchmark, ablation). Runs that outlive the page lie in runs. Begin
with fit."""
