"""Python processes that begin with the large libraries loaded: forked, which takes a tenth of the
time of a start. Of the project nothing is loaded in them.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import runpy
import sys
import tempfile
import types
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from support.checkout import ROOT

_LOADED = ("torch", "torch._dynamo", "torchvision.datasets", "torchvision.transforms.v2", "cv2")
_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload([*_LOADED, "PIL.Image", "safetensors.torch"])


@dataclass(frozen=True)
class Done:
    """How a process ended and what it said."""

    returncode: int | None
    stdout: str
    stderr: str


def run_python(
    code: str,
    *,
    cwd: Path = ROOT,
    words: Sequence[str] = (),
    said: str = "",
    env: Mapping[str, str] | None = None,
    strict: bool = False,
    seconds: float = 120,
) -> Done:
    """Run code as `python -c CODE WORDS` does, in a folder, with `said` on its standard input.

    `env` is added to the environment; `strict` turns warnings into errors. An AssertionError with
    what it said where it does not end well.
    """
    environment = {**os.environ, **(env or {})}
    with tempfile.TemporaryDirectory() as folder:
        streams = [str(Path(folder, name)) for name in ("in", "out", "error")]
        Path(streams[0]).write_text(said, encoding="utf-8")
        about = (code, str(cwd), list(words), environment, strict, streams)
        process = _server.Process(target=_run, args=about)
        process.start()
        process.join(seconds)
        if process.is_alive():
            process.kill()
            process.join()
        told = [Path(path).read_text("utf-8") if os.path.exists(path) else "" for path in streams]
    done = Done(process.exitcode, told[1], told[2])
    assert done.returncode == 0, done
    return done


def _run(
    code: str, cwd: str, words: list[str], environment: dict[str, str], strict: bool, streams: Any
) -> None:
    for number, path in enumerate(streams):
        opened = os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT)
        os.dup2(opened, number)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, encoding="utf-8") for number, mode in enumerate("rww")
    )
    _settle(cwd, environment)
    if strict:
        warnings.simplefilter("error")
    sys.argv = ["-c", *words]
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    exec(compile(code, "<string>", "exec"), main.__dict__)


def _settle(cwd: str, environment: dict[str, str]) -> None:
    """Be where a process would be that was started there, and know what it would."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    ours = ("", str(ROOT), str(ROOT / "tests"))  # the virtual environment may lie in ROOT as well
    sys.path[:] = ["", str(ROOT), *(path for path in sys.path if path not in ours)]


class ForkedServer:
    """The server that `benchmarks.served.started` starts, forked."""

    forks_workers = False

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        about = (command[2:], environment, self.forks_workers)
        self._process = _server.Process(target=_serve, args=about)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode


class ForkedTrainer(ForkedServer):
    """One that forks its workers, from a process that has the libraries loaded for it alone: less
    work than to start them where there are more than a few.
    """

    forks_workers = True


def _serve(words: list[str], environment: dict[str, str], forks_workers: bool) -> None:
    module, *rest = words
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _settle(str(ROOT), environment)
    if forks_workers:
        from convdemo.training.runs import scheduler

        sys.path.append(str(ROOT / "tests"))  # where the worker finds this file
        scheduler.start_worker = ForkedWorker
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


class ForkedWorker:
    """The worker that `scheduler.start_worker` starts, forked; as much of a Popen as it needs."""

    def __init__(self) -> None:
        reader, writer = _server.Pipe(duplex=False)
        self._process = _server.Process(target=_work, args=(reader, dict(os.environ)))
        self._process.start()
        reader.close()
        self.stdin = io.TextIOWrapper(os.fdopen(os.dup(writer.fileno()), "wb"))
        writer.close()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def __enter__(self) -> ForkedWorker:
        return self

    def __exit__(self, *_: object) -> None:
        self.stdin.close()
        self._process.join()


def _work(reader: Connection, environment: dict[str, str]) -> None:
    os.setsid()
    _settle(str(ROOT), environment)
    sys.stdin = os.fdopen(os.dup(reader.fileno()))
    reader.close()
    from convdemo.training.runs.worker import main

    main()
