"""Runs Pods that have a node: starts them, watches over them, restarts, stops and reports them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta

from demo.cluster.api import Api
from demo.cluster.controllers.events import Recorder
from demo.cluster.deletion import DeleteOptions, delete
from demo.cluster.objects import (
    Obj,
    clone,
    dig,
    is_deleting,
    meta,
    name_of,
    namespace_of,
    now,
    parse_time,
    uid_of,
)
from demo.cluster.podstatus import PodView, pod_spec, pod_status
from demo.cluster.runtime import Exit, PodRuntime, RunningPod, scripted_of
from demo.cluster.status import ApiError
from demo.cluster.storage import Change, Feed

_log = logging.getLogger(__name__)
PODS = ("", "pods")
ADDRESS = "demo/address"
_SLOW_START = 0.05
_GLANCE = 0.1
_FIRST_BACKOFF = 10.0
_LONGEST_BACKOFF = 300.0


class Kubelet:
    """The kubelets of all nodes in one."""

    def __init__(self, api: Api, runtime: PodRuntime, recorder: Recorder, scale: float) -> None:
        self._api = api
        self._runtime = runtime
        self._recorder = recorder
        self._scale = scale
        self._kind = api.kinds.by_plural(*PODS)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._views: dict[str, PodView] = {}
        self._stopping: dict[str, asyncio.Event] = {}
        self._silent: set[str] = set()

    async def run(self) -> None:
        """Look after Pods until cancelled, then stop them all."""
        feed = Feed(self._api.store)
        try:
            while True:
                self._notice(await feed.next())
        finally:
            feed.close()
            await self._stop_all()

    async def _stop_all(self) -> None:
        # A keeper that ends forgets its Pod, so what runs is noted first.
        running = [view.running for view in self._views.values() if view.running is not None]
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(pod.stop(0) for pod in running), return_exceptions=True)

    def _notice(self, change: Change) -> None:
        if change.bucket != PODS:
            return
        pod, uid = change.subject, uid_of(change.subject)
        known = uid in self._tasks
        if change.after is None or is_deleting(pod):
            if known:
                self._stopping[uid].set()
            elif change.after is not None and dig(pod, "spec", "nodeName"):
                self._finish(pod)
        elif not known and dig(pod, "spec", "nodeName"):
            self._stopping[uid] = asyncio.Event()
            self._tasks[uid] = asyncio.create_task(self._guard(pod))

    async def _guard(self, pod: Obj) -> None:
        uid = uid_of(pod)
        try:
            await self._live(pod)
        except Exception:  # noqa: BLE001 - outermost edge of a background task: one Pod must not end the kubelet
            _log.exception("pod %s/%s ended its keeper", namespace_of(pod), name_of(pod))
        finally:
            self._tasks.pop(uid, None)
            self._views.pop(uid, None)
            self._stopping.pop(uid, None)

    async def _live(self, pod: Obj) -> None:
        view = self._views[uid_of(pod)] = PodView(self._runtime)
        stopping = self._stopping[uid_of(pod)]
        while not stopping.is_set():
            await self._start(pod, view)
            ended = await self._until_end(pod, view, stopping)
            if ended is None or not await self._after_exit(pod, view, ended, stopping):
                break
        await stopping.wait()
        await self._end(pod, view)

    async def _start(self, pod: Obj, view: PodView) -> None:
        starting = asyncio.ensure_future(self._runtime.start(pod_spec(pod)))
        try:
            done, _ = await asyncio.wait({starting}, timeout=_SLOW_START)
            if not done:
                self._report(pod, view)
            view.started(await asyncio.shield(starting))
        except asyncio.CancelledError:
            await _give_up(starting)
            raise
        except Exception as failed:  # noqa: BLE001 - a runtime that cannot start a Pod is a Pod that fails
            _log.warning("pod %s could not start: %s", name_of(pod), type(failed).__name__)
            view.failed(Exit(128, "Error"))
        if view.running is not None and scripted_of(view.running) is None:
            for reason, message in (("Created", "Container created"), ("Started", "Container started")):
                self._event(pod, "Normal", reason, message)
        self._report(pod, view)
        state = view.scripted()
        if state is not None:
            self._event(pod, "Warning", "BackOff", state.event, count=max(state.restarts, 5))

    async def _until_end(self, pod: Obj, view: PodView, stopping: asyncio.Event) -> Exit | None:
        if view.running is None:
            return view.last
        ending = asyncio.ensure_future(view.running.wait())
        asked = asyncio.ensure_future(stopping.wait())
        try:
            while True:
                await asyncio.wait({ending, asked}, timeout=_GLANCE, return_when=asyncio.FIRST_COMPLETED)
                if asked.done():
                    return None
                if ending.done():
                    return ending.result()
                if view.readiness_changed():
                    self._report(pod, view)
        finally:
            asked.cancel()
            ending.cancel()

    async def _after_exit(self, pod: Obj, view: PodView, ended: Exit, stopping: asyncio.Event) -> bool:
        view.failed(ended)
        policy = dig(pod, "spec", "restartPolicy", default="Always")
        if policy == "Never" or (policy == "OnFailure" and ended.code == 0):
            view.finished = True
            self._report(pod, view)
            return False
        if view.restarts:
            view.waiting = "CrashLoopBackOff"
            self._event(pod, "Warning", "BackOff", "Back-off restarting failed container")
        self._report(pod, view)
        wait = (
            min(_FIRST_BACKOFF * 2 ** max(view.restarts - 1, 0), _LONGEST_BACKOFF) if view.restarts else 0.5
        )
        try:
            async with asyncio.timeout(wait * self._scale):
                await stopping.wait()
        except TimeoutError:
            view.restarts += 1
            view.waiting = ""
        return not stopping.is_set()

    async def _end(self, pod: Obj, view: PodView) -> None:
        present = self._present(pod)
        grace = float(dig(present or pod, "metadata", "deletionGracePeriodSeconds", default=0))
        if view.running is not None:
            await view.running.stop(grace * self._scale)
        view.running = None
        while name_of(pod) and dig(pod, "spec", "nodeName") in self._silent:
            await asyncio.sleep(0.2)
        if present is not None:
            self._finish(present)

    def _finish(self, pod: Obj) -> None:
        try:
            options = DeleteOptions(grace=0, uid=uid_of(pod))
            delete(self._api, self._kind, namespace_of(pod), name_of(pod), options)
        except ApiError:
            # Deleted by force meanwhile: nothing is left to finish.
            return

    def _present(self, pod: Obj) -> Obj | None:
        found = self._api.store.get(PODS, namespace_of(pod), name_of(pod))
        return found if found is not None and uid_of(found) == uid_of(pod) else None

    def _event(self, pod: Obj, kind: str, reason: str, message: str, count: int = 1) -> None:
        if dig(pod, "spec", "nodeName") not in self._silent:
            self._recorder.report(pod, kind, reason, message, dig(pod, "spec", "nodeName"), count)

    def _report(self, pod: Obj, view: PodView) -> None:
        present = self._present(pod)
        if present is None or dig(pod, "spec", "nodeName") in self._silent:
            return
        updated = {**clone(present), "status": pod_status(present, view)}
        text = view.mapped_address(present)
        if text:
            meta(updated).setdefault("annotations", {})[ADDRESS] = text
        self._api.put_status(self._kind, updated)

    def silence(self, node: str, *, silent: bool) -> None:
        """Let a node's kubelet stop or resume reporting."""
        if silent:
            self._silent.add(node)
            return
        self._silent.discard(node)
        for pod in self._api.store.select(PODS):
            view = self._views.get(uid_of(pod))
            if view is not None and dig(pod, "spec", "nodeName") == node:
                self._report(pod, view)

    def speaks(self, node: str) -> bool:
        """Tell whether a node's kubelet reports."""
        return node not in self._silent

    def running(self, pod: Obj) -> RunningPod | None:
        """Return what runs for a Pod."""
        view = self._views.get(uid_of(pod))
        return view.running if view is not None else None

    def ended(self, pod: Obj) -> RunningPod | None:
        """Return what ran for a Pod before it ended."""
        view = self._views.get(uid_of(pod))
        return view.ended if view is not None else None

    def usage(self) -> Iterator[tuple[Obj, float, int]]:
        """Yield each running Pod with its cores and bytes in use."""
        for pod in self._api.store.select(PODS):
            running = self.running(pod)
            if running is not None:
                yield (pod, *running.usage())

    def aged(self, by: timedelta) -> None:
        """Let every running container have started earlier."""
        for view in self._views.values():
            view.aged(by)

    def age(self, pod: Obj) -> float:
        """Return for how many seconds a Pod has existed."""
        return (now() - parse_time(pod["metadata"]["creationTimestamp"])).total_seconds()


async def _give_up(starting: asyncio.Future[RunningPod]) -> None:
    """Stop a Pod that nobody waits for any more, also when it has just come up."""
    starting.cancel()
    [started] = await asyncio.gather(starting, return_exceptions=True)
    if not isinstance(started, BaseException):
        await started.stop(0)
