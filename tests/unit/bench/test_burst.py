"""What a burst found: lost and doubled are counted of what was accepted, by id."""

from bench.burst import Log


def test_what_was_accepted_and_not_received_is_lost_and_what_was_received_twice_is_doubled() -> None:
    log = Log()
    log.answered |= {"a": 0.1, "b": 0.1, "c": 0.1}
    log.received.update(["a", "b", "b", "b"])
    assert (log.lost(), log.doubled()) == (1, 2)
    log.received.update(["c"])
    assert (log.lost(), log.doubled()) == (0, 2)


def test_what_was_not_answered_in_time_and_came_all_the_same_is_no_loss() -> None:
    log = Log()
    log.answered["a"] = 0.1
    log.received.update(["a", "given up waiting for"])
    assert (log.lost(), log.doubled()) == (0, 0)
