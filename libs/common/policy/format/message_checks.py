"""What can be wrong with messages that remind of paying: words in braces that nothing fills."""

from libs.common.policy.format.document import Document
from libs.common.policy.format.message_rules import MESSAGE_NAMES, REPAIR_NAMES
from libs.common.policy.format.reader import Source

_OF_ALL = tuple(name for name in MESSAGE_NAMES if name not in REPAIR_NAMES)


def check_messages(src: Source, doc: Document) -> None:
    """Note texts that could not be filled in."""
    repair = doc.waiting is not None and doc.waiting.repair is not None
    for message in doc.messages.texts if doc.messages is not None else ():
        if message.who == "could_repair" and not repair:
            src.flaw(
                src.line_of(message),
                f"message {message.id!r} goes to those who could repair years, and nobody can",
                "say `repair` in `waiting`, or leave `who` out",
            )
        known_names = MESSAGE_NAMES if message.who == "could_repair" else _OF_ALL
        for text in (message.text.zh, message.text.en):
            for name in known_names:
                text = text.replace(f"{{{name}}}", "")
            if "{" in text or "}" in text:
                known = ", ".join(known_names)
                src.flaw(
                    src.line_of(message),
                    f"message {message.id!r} has braces that nothing fills",
                    f"in braces stands one of: {known}",
                )
