"""Changes at random: torchvision's policies taken apart (policies), classic techniques and chains
of them (classic_techniques, chain), tiles to look at (preview), and whole batches while training
(batch, handwriting). What is done to every picture lies in preprocessing. Begin with
classic_techniques."""
