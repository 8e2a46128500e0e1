"""What this machine calls itself, for cards and measurements."""

from __future__ import annotations

import platform
from pathlib import Path

import torch


def processor_name(device: torch.device) -> str:
    """What the processor or the graphics card calls itself."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    return name


def hardware(device: torch.device) -> str:
    """The processor that trains and its threads, in words."""
    name = processor_name(device)
    if device.type == "cuda":
        return name
    threads = torch.get_num_threads()
    return f"{name}, {threads} thread{'s' if threads > 1 else ''}"
