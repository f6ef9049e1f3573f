"""The send API: answers within their windows, and one private answer to each public word."""

from datetime import timedelta
from typing import Any

from sandbox.graph.asking import Asked
from sandbox.graph.errors import GraphError, missing
from sandbox.graph.network import APP_ID, Network
from sandbox.graph.state import Account, Person, Photo
from sandbox.graph.writing import Writing

WINDOW = timedelta(hours=24)
HUMAN_AGENT = timedelta(days=7)
PRIVATE_REPLY = timedelta(days=7)


class Messaging:
    def __init__(self, network: Network, writing: Writing) -> None:
        self.network = network
        self.writing = writing

    def send(self, asked: Asked, native_id: str) -> dict[str, Any]:
        account = self.writing.account(asked, native_id)
        recipient = asked.object("recipient")
        if not isinstance(recipient, dict):
            raise GraphError(100, "The parameter recipient is required.")
        public = recipient.get("comment_id") or recipient.get("post_id")
        if public:
            return self._privately(asked, str(public))
        person = self.network.stored.people.get(str(recipient.get("id", "")))
        if person is None or person.account not in (account.id, account.pair):
            raise GraphError(100, "No matching user found", subcode=2018001)
        account = self.network.account(person.account)
        if asked.text("sender_action"):
            return {"recipient_id": person.id}
        self._window(asked, account, person)
        return self._sent(asked, account, person)

    def _window(self, asked: Asked, account: Account, person: Person) -> None:
        if person.id in self.network.stored.blocked.get(account.id, []):
            raise GraphError(551, "This person isn't available right now.", subcode=1545041)
        tag = asked.text("tag")
        if tag not in ("", "HUMAN_AGENT"):
            raise GraphError(100, f"The message tag {tag} is no longer supported.")
        heard = self.network.heard_at(account, person.id)
        within = HUMAN_AGENT if tag else WINDOW
        if heard is None or asked.now - heard > within:
            raise GraphError(
                10,
                "This message is sent outside of allowed window.",
                subcode=2534022 if account.instagram else 2018278,
            )

    def _privately(self, asked: Asked, native_id: str) -> dict[str, Any]:
        entry = self.network.entry(native_id)
        account = self.writing.account(asked, entry.account)
        person = self.network.stored.people.get(entry.who)
        if person is None:
            raise missing(native_id)
        if entry.answered_privately:
            raise GraphError(10900, "Activity already replied to")
        if asked.now - entry.at > PRIVATE_REPLY:
            raise GraphError(10903, "This user cannot reply to this activity")
        sent = self._sent(asked, account, person)
        entry.answered_privately = sent["message_id"]
        return sent

    def attach(self, asked: Asked, native_id: str) -> dict[str, Any]:
        """A file to send later, by the id it gets here."""
        account = self.writing.account(asked, native_id)
        if not asked.files:
            raise GraphError(100, "Upload a file as filedata, or give its url.")
        digest = self.network.world.media.put(*next(iter(asked.files.values())))
        number = self.network.number("122")
        self.network.stored.photos[number] = Photo(number, account.id, digest, "", "", asked.now)
        return {"attachment_id": number}

    def _sent(self, asked: Asked, account: Account, person: Person) -> dict[str, Any]:
        said = asked.object("message")
        text = said.get("text", "") if isinstance(said, dict) else ""
        pictures = [self.network.world.media.put(*one) for one in asked.files.values()]
        payload = (said.get("attachment") or {}).get("payload", {}) if said else {}
        if held := str(payload.get("attachment_id", "")):
            photo = self.network.stored.photos.get(held)
            if photo is None or photo.account not in (account.id, account.pair):
                raise missing(held)
            pictures.append(photo.digest)
        if not text and not pictures:
            raise GraphError(100, "The message must have text or an attachment.")
        most = 1000 if account.instagram else 2000
        if (len(text.encode()) if account.instagram else len(text)) > most:
            raise GraphError(100, f"Length of param message[text] must be at most {most}")
        message = self.network.message(
            account, person, text, by_page=True, pictures=pictures, app=APP_ID
        )
        return {"recipient_id": person.id, "message_id": message.id}
