"""Why a network answers as it does: a model and a picture to look into (subject), maps of places
that speak for a class (attribution_methods, attribution) and how far they can be believed
(faithfulness), what stages see (feature_maps, receptive_field, cell, feature_visualization), and
what changes the answer (channel_ablation, adversarial). A new method is a function and an entry in
attribution_methods. Begin with subject."""
