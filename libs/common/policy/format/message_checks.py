"""What can be wrong with messages that remind of paying: words in braces that nothing fills."""

from libs.common.policy.format.document import Document
from libs.common.policy.format.message_rules import MESSAGE_NAMES
from libs.common.policy.format.reader import Source


def check_messages(src: Source, doc: Document) -> None:
    """Note texts that could not be filled in."""
    for message in doc.messages.texts if doc.messages is not None else ():
        for text in (message.text.zh, message.text.en):
            for name in MESSAGE_NAMES:
                text = text.replace(f"{{{name}}}", "")
            if "{" in text or "}" in text:
                known = ", ".join(MESSAGE_NAMES)
                src.flaw(
                    src.line_of(message),
                    f"message {message.id!r} has braces that nothing fills",
                    f"in braces stands one of: {known}",
                )
