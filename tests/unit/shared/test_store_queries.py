"""Who may see a complaint in the ledger: the same rule as everywhere, said as a condition of the store."""

import pytest

from shared.matter import Desk
from shared.never_home import concerns
from shared.store.queries import visible_to
from tests.builders import POLICY

OVERSIGHT = POLICY.file.oversight
ABOUT = ("4309", "430981", "430981006", "430981006001", "430921", "430981006:town_government", "430981:police",
         f"430981:{OVERSIGHT}", "4309:city_centre")  # fmt: skip
DESKS = (
    ("4309", "city_centre"),
    ("430981", "county_centre"),
    ("430981", "police"),
    ("430981", OVERSIGHT),
    ("430981006", "town_government"),
    ("430981006", OVERSIGHT),
    ("430981006001", "village_committee"),
    ("430981007", "town_government"),
    ("430921", "police"),
)


@pytest.mark.parametrize("about", ABOUT)
@pytest.mark.parametrize("desk", DESKS, ids=":".join)
def test_a_body_sees_no_complaint_about_it_and_all_others(about: str, desk: tuple[str, str]) -> None:
    division, body = desk
    hidden = visible_to(division, body, OVERSIGHT)["about_body"]["$nin"]
    assert (about in hidden) == concerns(POLICY, about, Desk(division=division, body=body, role="x"))
