"""Classes of one's own from a handful of photos: a head on frozen features (head, features),
fine-tuning (finetune, extent), either or the same from scratch (run), which of them to choose
(advice), how long it takes (estimate), several people's in turn (jobs), what came of them
(results), Python for each (code). Pictures are read in data.image_folders. Begin with run."""
