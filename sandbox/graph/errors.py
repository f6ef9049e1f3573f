"""How the Graph says no: one envelope, a code, and often a subcode that says why."""

import secrets
from typing import Any


class GraphError(Exception):
    """`status` is that of HTTP; the rest is the body."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int = 0,
        status: int = 400,
        transient: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.subcode = subcode
        self.status = status
        self.transient = transient
        self.headers: dict[str, str] = {}

    def body(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "message": f"(#{self.code}) {self}",
            "type": "OAuthException" if self.code != 2 else "FacebookApiException",
            "code": self.code,
        }
        if self.subcode:
            said["error_subcode"] = self.subcode
        if self.transient:
            said["is_transient"] = True
        said["fbtrace_id"] = "A" + secrets.token_urlsafe(16)
        return {"error": said}


def missing(what: str) -> GraphError:
    return GraphError(
        100,
        f"Object with ID '{what}' does not exist, cannot be loaded due to missing permissions, or "
        "does not support this operation",
        subcode=33,
    )


def dead_token(
    why: str = "The access token could not be decrypted", subcode: int = 0
) -> GraphError:
    return GraphError(190, why, subcode=subcode, status=401)
