"""Convolution and pooling as arithmetic, in one to three dimensions: what is possible (operation),
what comes out (output_size) and its figures (arithmetic), carried out cell by cell (reference) and
by torch (torch_check), a whole line of layers (architecture), and kernels on pictures (kernels,
filtering). Networks that are trained lie in networks. Begin with operation."""
