"""X's own description of its API as a judge of answers: types, required fields, unknown names."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft4Validator

from tests.sandbox.shared import read

#: The specification has renamed what the wire still calls tweets, except where it is asked for
#: with the new words (`post.fields`).
RENAMED = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "retweet_count": "repost_count",
    "tweet_count": "post_count",
    "tweets": "posts",
    "most_recent_tweet_id": "most_recent_post_id",
}
#: On the wire, and not in the specification.
UNLISTED = {
    "getActivitySubscriptions": {".meta"},
    "createActivitySubscription": {".meta"},
    "deleteActivitySubscription": {".meta"},
    "getRules": {".meta.sent"},
}
#: Problems that X sends without listing their type.
PROBLEMS = {
    "about:blank",
    "https://api.x.com/2/problems/unsupported-authentication",
    "https://api.x.com/2/problems/rate-limit-exceeded",
    "https://api.x.com/2/problems/streaming-connection",
}


def renamed(said: Any) -> Any:
    if isinstance(said, list):
        return [renamed(one) for one in said]
    if isinstance(said, dict):
        return {RENAMED.get(name, name): renamed(value) for name, value in said.items()}
    return said


@dataclass(frozen=True)
class Spec:
    document: dict[str, Any]

    @classmethod
    def load(cls) -> "Spec":
        return cls(read("specs", "x", "openapi.json"))

    def wrong(self, operation: str, status: int, body: Any, *, kind: str = "") -> list[str]:
        """What is wrong with this answer; nothing if it is as described."""
        if status >= 400:
            return self._wrong_problem(body, kind)
        schema = self._answer(operation)
        said = renamed(body)
        validator = Draft4Validator({**schema, "components": self.document["components"]})
        wrong = [
            f"{operation} {list(error.absolute_path)}: {error.message}"
            for error in validator.iter_errors(said)
        ]
        unlisted = UNLISTED.get(operation, set())
        wrong += [
            f"{operation}: {name} is not in the specification"
            for name in self._unknown(schema, said, "")
            if name not in unlisted
        ]
        return wrong

    def operations(self) -> dict[str, dict[str, Any]]:
        return {
            operation["operationId"]: operation
            for path in self.document["paths"].values()
            for operation in path.values()
            if isinstance(operation, dict) and "operationId" in operation
        }

    def _answer(self, operation: str) -> dict[str, Any]:
        responses = self.operations()[operation]["responses"]
        good = next(answer for status, answer in responses.items() if status.startswith("2"))
        found: dict[str, Any] = good["content"]["application/json"]["schema"]
        return found

    def _wrong_problem(self, body: Any, kind: str) -> list[str]:
        if kind.startswith("application/problem+json"):
            if body.get("type") in PROBLEMS:
                lacks = {"title", "detail", "status"} - body.keys()
                return [f"A problem lacks {sorted(lacks)}."] if lacks else []
            schema = {"$ref": "#/components/schemas/Problem"}
        else:
            [body] = body["errors"]
            schema = {"$ref": "#/components/schemas/Error"}
        whole = {**schema, "components": self.document["components"]}
        return [error.message for error in Draft4Validator(whole).iter_errors(body)]

    def _unknown(self, schema: dict[str, Any], said: Any, at: str) -> Iterator[str]:
        schema = self._resolved(schema)
        if isinstance(said, list):
            for one in said:
                yield from self._unknown(schema.get("items", {}), one, f"{at}[]")
        elif isinstance(said, dict) and (known := self._properties(schema)):
            for name, value in said.items():
                if name in known:
                    yield from self._unknown(known[name], value, f"{at}.{name}")
                else:
                    yield f"{at}.{name}"

    def _properties(self, schema: dict[str, Any]) -> dict[str, Any]:
        found = dict(schema.get("properties", {}))
        for one in schema.get("oneOf", []) + schema.get("allOf", []):
            found |= self._properties(self._resolved(one))
        return found

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema
