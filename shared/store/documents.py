"""The two collections of the ledger, as mongoengine knows them; `shared.store.fold` says what goes in."""

from mongoengine import (
    BooleanField,
    DateTimeField,
    Document,
    EmbeddedDocument,
    EmbeddedDocumentField,
    IntField,
    ListField,
    StringField,
)


class ReportOf(EmbeddedDocument):  # type: ignore[misc]
    """A report that is part of the matter. `origin`: the matter it was merged from; `gone`: taken back."""

    report_id = StringField(required=True)
    source = StringField(required=True)
    at = DateTimeField(required=True)
    origin = StringField()
    gone = BooleanField(required=True)


class Step(EmbeddedDocument):  # type: ignore[misc]
    """One event of the history, with its full text as it was on the bus."""

    number = IntField(required=True)
    kind = StringField(required=True)
    at = DateTimeField(required=True)
    event_id = StringField(required=True)
    event = StringField(required=True)


class Refusal(EmbeddedDocument):  # type: ignore[misc]
    """An action that could not be done; it has no number, for the matter stayed as it was."""

    at = DateTimeField(required=True)
    action_id = StringField(required=True)
    kind = StringField(required=True)
    by = StringField(required=True)
    reason = StringField(required=True)
    event_id = StringField(required=True)
    event = StringField(required=True)


class Matter(Document):  # type: ignore[misc]
    """台账: one matter with its whole history. `due_at` is None when nothing is owed any more.

    `offered`: the desk it was sent on to, `division:body`, while that one has not accepted.
    """

    matter_id = StringField(primary_key=True)
    county = StringField(required=True)
    town = StringField()
    division = StringField(required=True)
    title = StringField(required=True)
    category = StringField(required=True)
    grade = StringField(required=True)
    policy = StringField(required=True)
    confidential = BooleanField(required=True)
    about_body = StringField()
    sources = ListField(StringField())
    state = StringField(required=True)
    tier = StringField(required=True)
    desk_division = StringField(required=True)
    desk_body = StringField(required=True)
    desk_role = StringField(required=True)
    offered = StringField()
    opened_at = DateTimeField(required=True)
    changed_at = DateTimeField(required=True)
    closed_at = DateTimeField()
    due_at = DateTimeField()
    due_what = StringField()
    number = IntField(required=True)
    revision = IntField(required=True)
    reports = ListField(EmbeddedDocumentField(ReportOf))
    history = ListField(EmbeddedDocumentField(Step))
    refusals = ListField(EmbeddedDocumentField(Refusal))

    meta = {  # noqa: RUF012
        "collection": "matters",
        "auto_create_index": False,  # no I/O before `connection.prepare`
        "indexes": [
            # status page: receipt, report, matter. Each further one would cost every write: who asks otherwise adds it
            {"fields": ["reports.report_id"], "name": "report"},
        ],
    }


class Receipt(Document):  # type: ignore[misc]
    """Which report a receipt code stands for."""

    receipt = StringField(primary_key=True)
    report_id = StringField(required=True)
    county = StringField(required=True)
    received_at = DateTimeField(required=True)

    meta = {"collection": "receipts", "auto_create_index": False}  # noqa: RUF012
