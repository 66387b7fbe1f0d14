"""Which matters are petitions (信访)."""

from services.metrics.rules.facts import Facts

PETITION = "petition."
REVIEW = "petition.review"
ONLINE = "app"


def is_petition(facts: Facts) -> bool:
    return facts.category.startswith(PETITION)


def is_first_petition(facts: Facts) -> bool:
    """初次信访: a petition that repeats none, and no review (复查复核), which is the lawful step after an answer."""
    return is_petition(facts) and facts.category != REVIEW and not facts.repeat


def is_repeat_petition(facts: Facts) -> bool:
    """重复信访: a petition linked to an earlier matter of the same resident. A review is not one."""
    return is_petition(facts) and facts.category != REVIEW and facts.repeat


def is_online_petition(facts: Facts) -> bool:
    """网上信访: a petition whose first report came from the residents' app."""
    return is_petition(facts) and facts.source == ONLINE
