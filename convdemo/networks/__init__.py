"""Networks, each an `nn.Sequential` of named stages: our own (resnets), the course's (course) and
pretrained ones through timm (backbones, hub, timm_stages, packaged); written makes one of a line of
layers. A new network is a function and an entry in the registry. Weights and cards lie in
inference. Begin with registry."""
