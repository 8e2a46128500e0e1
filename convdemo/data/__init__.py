"""Data sets as whole tensors, split once into train, validation and test: those that are known by
name (registry), those of the user's own (custom, read from image_folders), photos of garments
(garment_photos), and pictures of what is no digit (negatives). A new data set is a function and an
entry in the registry. Begin with dataset."""
