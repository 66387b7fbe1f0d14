"""Documents as this process last wrote them: what moves often need not be read again for each batch."""

from collections.abc import Iterable, Mapping

from shared.store.fold import Document

ROWS = 20_000  # a row takes about 2 kB here


class Recent:
    """The open matters written last, at most `rows` events and refusals of theirs, for these fill the memory.

    A batch takes its documents out, and puts back what the store has confirmed. After a failure nothing is here, so
    the next try reads the store; what another process wrote meanwhile is found out by the revision.
    """

    def __init__(self, rows: int = ROWS) -> None:
        self._rows_left = rows
        self._documents: dict[str, Document] = {}

    def __len__(self) -> int:
        return len(self._documents)

    def take(self, matters: Iterable[str]) -> dict[str, Document]:
        taken = {key: self._documents.pop(key) for key in matters if key in self._documents}
        self._rows_left += sum(document["revision"] for document in taken.values())
        return taken

    def keep(self, documents: Mapping[str, Document]) -> None:
        """The oldest give way. A matter that owes nothing any more is not kept: little is to come."""
        self.take(documents)
        for key, document in documents.items():
            if document["due_at"] is not None:
                self._documents[key] = document
                self._rows_left -= document["revision"]
        while self._rows_left < 0:
            self.take([next(iter(self._documents))])
