"""Classes of one's own from a handful of photos: a head on frozen features (head, features),
fine-tuning (finetune), the same from scratch (scratch), which of them to choose (advice) and how
long it takes (estimate). Pictures are read in data.image_folders. Begin with run."""
