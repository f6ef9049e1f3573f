"""Facebook and Instagram on one port, with a post of the page's on each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.graph.stages import Facebook, Instagram
from sandbox.kernel.world import Resident
from tests.sandbox.serving import Served, serving

ELIN = Resident("elin", "Elin Pugh", "elinp")
OMAR = Resident("omar", "Omar Sayle", "omars")


@dataclass(frozen=True)
class Meta:
    served: Served
    facebook: Facebook
    instagram: Instagram
    page: str
    ig: str
    token: str
    app_id: str
    secret: str
    post: str
    media: str

    def do(self, act: Any, *given: Any, **named: Any) -> Any:
        return self.served.do(act, *given, **named)

    @property
    def graph(self) -> str:
        return f"{self.served.base}/facebook/v26.0"


@pytest.fixture
def meta() -> Iterator[Meta]:
    with serving(Facebook, Instagram) as served:
        facebook, instagram = served.world.stages["facebook"], served.world.stages["instagram"]
        assert isinstance(facebook, Facebook)
        assert isinstance(instagram, Instagram)
        given = facebook.credentials()
        account = given["pages"][0]
        page, ig = account["native_id"], account["instagram"]
        post = served.do(facebook.publish, page, "The boilers are looked after today.")
        media = served.do(instagram.publish, ig, "New benches in the square.")
        yield Meta(
            served,
            facebook,
            instagram,
            page,
            ig,
            account["access_token"],
            given["client_id"],
            given["client_secret"],
            post,
            media,
        )
