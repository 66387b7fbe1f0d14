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
    ASKED_SAME_MATTER = "asked_same_matter"
    SAME_RESIDENT = "same_resident"
    # an action was refused: who
    DESK_WRONG = "desk_wrong"
    RESIDENT_ONLY = "resident_only"
    REPORT_NOT_OF_MATTER = "report_not_of_matter"
    COUNTY_WRONG = "county_wrong"
    # an action was refused: what
    MATTER_UNKNOWN = "matter_unknown"
    STATE_WRONG = "state_wrong"
    WAY_MISSING = "way_missing"
    VISIT_MISSING = "visit_missing"
    FIELD_MISSING = "field_missing"
    GROUND_WRONG = "ground_wrong"
    TARGET_WRONG = "target_wrong"
    INSTANT_WRONG = "instant_wrong"
    AT_THE_TOP = "at_the_top"
    AT_THE_FLOOR = "at_the_floor"
    ALREADY_DONE = "already_done"
    NOT_ASKED = "not_asked"
    HOPS_SPENT = "hops_spent"
    WINDOW_OVER = "window_over"
    NO_FAST_LANE = "no_fast_lane"
    # a matter moved
    BY_ACTION = "by_action"
    BY_RESIDENT = "by_resident"
    LIMIT_PASSED = "limit_passed"
    DISSATISFIED = "dissatisfied"
    DANGER_NOW = "danger_now"
    EMERGENCY_CATEGORY = "emergency_category"
    # a record was buried
    EVENT_INVALID = "event_invalid"
    PARTITION_WRONG = "partition_wrong"
    HANDLER_FAILED = "handler_failed"
