"""What this machine calls itself, for cards and measurements."""

from __future__ import annotations

import platform
from pathlib import Path

import torch


def processor_name(device: torch.device) -> str:
    """What the processor or the graphics card calls itself."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return cpuinfo("model name") or platform.processor() or platform.machine()


def cpuinfo(key: str) -> str:
    """What Linux says of the first processor; "" where it says nothing of that, and elsewhere."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return ""
    said = next((line for line in text.splitlines() if line.startswith(key)), "")
    return said.partition(":")[2].strip()


def hardware(device: torch.device) -> str:
    """The processor that trains and its threads, in words."""
    name = processor_name(device)
    if device.type == "cuda":
        return name
    threads = torch.get_num_threads()
    return f"{name}, {threads} thread{'s' if threads > 1 else ''}"
