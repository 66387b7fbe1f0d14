"""Why something was decided: one closed list for events, logs and metric labels."""

import enum


class Reason(enum.StrEnum):
    """Why something was decided: the one closed list for events, logs and metric labels."""

    # a report was refused
    NOT_JSON = "not_json"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    FIELD_INVALID = "field_invalid"
    FIELD_UNKNOWN = "field_unknown"
    DIVISION_UNKNOWN = "division_unknown"
    CATEGORY_UNKNOWN = "category_unknown"
    SOURCE_MISMATCH = "source_mismatch"
    IN_THE_FUTURE = "in_the_future"
    # a report was placed
    OPENED_NEW = "opened_new"
    OPENED_NO_CATEGORY = "opened_no_category"
    OPENED_NO_VILLAGE = "opened_no_village"
    JOINED_SAME_MATTER = "joined_same_matter"
    # an action was refused
    MATTER_UNKNOWN = "matter_unknown"
    STATE_WRONG = "state_wrong"
    DESK_WRONG = "desk_wrong"
    COUNTY_WRONG = "county_wrong"
    WAY_MISSING = "way_missing"
    VISIT_MISSING = "visit_missing"
    # a matter moved
    BY_ACTION = "by_action"
    LIMIT_PASSED = "limit_passed"
    DISSATISFIED = "dissatisfied"
    # a record was buried
    EVENT_INVALID = "event_invalid"
    PARTITION_WRONG = "partition_wrong"
    HANDLER_FAILED = "handler_failed"
