"""Where evaluations run: threads of this process (the engine releases the GIL)."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Protocol, Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Executor(Protocol):
    """Runs independent pieces of work; results come in the order of the items."""

    @property
    def workers(self) -> int:
        """How many pieces run at once."""
        ...

    def map(self, function: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """The function's results, in order; the first error is raised."""
        ...


class LocalExecutor:
    """Threads of this process; with one worker, the calling thread. A context manager."""

    def __init__(self, workers: int = 1) -> None:
        if workers < 1:
            raise ValueError(f"workers must be at least 1: got {workers}")
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None

    @property
    def workers(self) -> int:
        """How many pieces run at once."""
        return self._workers

    def map(self, function: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """The function's results, in order; the first error is raised and the rest cancelled."""
        if self._pool is None or len(items) < 2:
            return [function(item) for item in items]
        return list(self._pool.map(function, items))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
