"""Classes of one's own from a handful of photos: a head on frozen features (head, features),
fine-tuning (finetune), either or the same from scratch (run), which of them to choose (advice) and
how long it takes (estimate). Pictures are read in data.image_folders. Begin with run."""
