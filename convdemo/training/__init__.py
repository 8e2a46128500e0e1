"""From a network and a data set to weights: settings (config, recipes, command), the loop and its
steps (loop, step, optimizer, evaluation), what makes it fast here (autotune, memory, hardware,
distributed), measurements (benchmark, ablation), several settings at once (race), a rate to begin
with (rate_finder), what goes on inside (insides), and somebody's own hand (teach). Runs that
outlive the page lie in runs. Begin with fit."""
