"""Networks, each an `nn.Sequential` of named stages: our own (resnets), the course's (course) and
pretrained ones through timm (backbones, hub, timm_stages, packaged). A new network is a function
and an entry in the registry. Weights and cards lie in inference. Begin with registry."""
