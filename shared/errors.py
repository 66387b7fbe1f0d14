"""One base; each error is named by what happens next."""

from typing import ClassVar

from shared.reasons import Reason


class XiaoshiError(Exception):
    """Base of all our errors."""


class BuryError(XiaoshiError):
    """The record can never be handled: it becomes a dead letter."""

    reason: ClassVar[Reason] = Reason.HANDLER_FAILED


class EventInvalidError(BuryError):
    """Bury: the record is not an event of its topic."""

    reason = Reason.EVENT_INVALID


class PartitionWrongError(BuryError):
    """Bury: the record lies in a partition that is not its key's."""

    reason = Reason.PARTITION_WRONG


class UnknownDivisionError(XiaoshiError):
    """Refuse: no such division code; the message names its nearest known ancestor."""


class NoDivisionAtTierError(XiaoshiError):
    """Refuse: the division lies above the tier asked for, so a lower code is needed."""


class AnnouncementInvalidError(XiaoshiError):
    """Refuse: what is announced of a year's holidays has errors; the message names each."""


class PolicyInvalidError(XiaoshiError):
    """Do not start: the policy file has errors."""


class BackingUnavailableError(XiaoshiError):
    """Do not start: a broker or store could neither be found nor started."""


class StoreUnavailableError(XiaoshiError):
    """Retry: the document store does not answer."""


class SettingsInvalidError(XiaoshiError):
    """Do not start: an environment variable is missing or wrong."""


class BrokerUnavailableError(XiaoshiError):
    """Retry: the broker does not answer."""


class TopicMissingError(XiaoshiError):
    """Do not start: topics are created before anything runs."""


class TopicWrongError(XiaoshiError):
    """Do not start: a topic on the broker is not as declared, or could not be made."""


class SealBrokenError(XiaoshiError):
    """Refuse: the ciphertext is not ours, or belongs to another report."""


class ReceiptInvalidError(XiaoshiError):
    """Refuse: not a receipt code, or mistyped."""


class InputInvalidError(XiaoshiError):
    """Stop: a file given to a command cannot be used; the message names the line."""


class HistoryGapError(BuryError):
    """Bury: an event of the matter is missing before this one."""


class LedgerBusyError(XiaoshiError):
    """Refuse: the ledger is being written; stop who writes it first."""


class RoadBlockedError(XiaoshiError):
    """Stop: what was sent did not come through in time; the message says where it waits."""


class MetricsUnavailableError(XiaoshiError):
    """Stop: a service's `/metrics` does not answer."""


class QuestionInvalidError(XiaoshiError):
    """Refuse: what a page was asked has no answer; the message says why."""


class BusNotStillError(XiaoshiError):
    """Retry: lanes were writing all the time, so there was no moment at which all topics agree."""


class BusNotEmptyError(XiaoshiError):
    """Refuse: a backup is restored into an empty cluster alone."""


class RestoreBrokenError(XiaoshiError):
    """Stop: what was restored does not lie where it lay; empty the cluster, and restore again."""
