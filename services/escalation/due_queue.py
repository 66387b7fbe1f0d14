"""What falls due next on a lane: one alarm a key, in order of time within a town, the towns in turn. Pure."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from sys import intern

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NEVER = 1 << 62  # microseconds; the last instant of a calendar is long before

# microseconds since 1970, key, town: of plain values, so the garbage collector need not follow them
Alarm = tuple[int, str, str]


class DueQueue:
    """Alarms by key. An answer follows from the alarms, `now` and `after` alone, never from how the alarms came.

    So a lane restored from its changelog fires in the order of one that never stopped. `set` costs O(log n), `next`
    O(log towns), O(1) while nothing is due. A town once named stays known: there are as many as the division tree has.
    """

    def __init__(self) -> None:
        self._alarms: dict[str, Alarm] = {}
        self._towns: defaultdict[str, _Town] = defaultdict(_Town)
        self._turns = _Turns()

    def __len__(self) -> int:
        return len(self._alarms)

    def set(self, key: str, town: str, at: datetime | None) -> None:
        """From now on the key's only alarm; None takes it out, whatever town it was in."""
        old = self._alarms.get(key)
        new = None if at is None else (_micros(at), key, intern(town))
        if new == old:
            return
        if new is None:
            del self._alarms[key]
        else:
            self._alarms[key] = new
            self._towns[town].add(new)
        if old is not None:
            self._towns[old[2]].count -= 1
        for code in {each[2] for each in (old, new) if each is not None}:
            self._settle(code)

    def next(self, now: datetime, after: str) -> tuple[str, str] | None:
        """Town and key to be fired next, and left where they are; None while nothing is due.

        The town is the first with something due strictly after `after`, in cyclic order of the codes, `after` itself
        last; the key is the earliest there. The instant itself is late.
        """
        town = self._turns.next(_micros(now), after)
        return None if town is None else (town, self._towns[town].heap[0][1])

    def earliest(self) -> datetime | None:
        """Of all alarms, in UTC."""
        at = self._turns.earliest()
        return None if at == NEVER else EPOCH + at * MICROSECOND

    def _settle(self, code: str) -> None:
        """The town's earliest at the top of its heap, and there never more stale alarms than others."""
        town = self._towns[code]
        heap = town.heap
        if len(heap) > 2 * town.count:
            heap[:] = [alarm for alarm in heap if self._alarms.get(alarm[1]) is alarm]
            heapify(heap)
        while heap and self._alarms.get(heap[0][1]) is not heap[0]:
            heappop(heap)
        self._turns.put(code, heap[0][0] if heap else NEVER)


@dataclass(slots=True)
class _Town:
    """`heap`: its alarms, and stale ones, replaced or taken out. `count`: of those that are not stale."""

    heap: list[Alarm] = field(default_factory=list)
    count: int = 0

    def add(self, alarm: Alarm) -> None:
        heappush(self.heap, alarm)
        self.count += 1


class _Turns:
    """When each town is first due, as a tournament: each node holds the lesser of its two, the root the least of all.

    It knows no present, so time may go back. It is planted at the first question after a new town: a lane that is
    being restored asks none until all its towns are there.
    """

    def __init__(self) -> None:
        self._first: dict[str, int] = {}
        self._codes: list[str] = []
        # nodes 2n and 2n + 1 are below node n; the second half are the leaves, in order of the codes
        self._tree: list[int] = []

    def put(self, code: str, at: int) -> None:
        if code not in self._first:
            insort(self._codes, code)
            self._tree = []
        self._first[code] = at
        if not self._tree:
            return
        node = len(self._tree) // 2 + bisect_left(self._codes, code)
        while self._tree[node] != at:
            self._tree[node] = at
            if node == 1:
                return
            at = min(at, self._tree[node ^ 1])
            node //= 2

    def earliest(self) -> int:
        if not self._tree:
            self._plant()
        return self._tree[1]

    def next(self, now: int, after: str) -> str | None:
        if self.earliest() > now:
            return None
        tree, leaves = self._tree, len(self._tree) // 2
        node = leaves + bisect_right(self._codes, after)
        while True:
            # up, as long as nothing before the leaf is taken in; from past the last leaf that leads to the root
            while node % 2 == 0:
                node //= 2
            if tree[node] <= now:
                break
            node += 1
        while node < leaves:
            node *= 2
            if tree[node] > now:
                node += 1
        return self._codes[node - leaves]

    def _plant(self) -> None:
        leaves = 1 << max(len(self._codes) - 1, 0).bit_length()
        first = [self._first[code] for code in self._codes]
        self._tree = [NEVER] * leaves + first + [NEVER] * (leaves - len(first))
        for node in range(leaves - 1, 0, -1):
            self._tree[node] = min(self._tree[2 * node], self._tree[2 * node + 1])


def _micros(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND
