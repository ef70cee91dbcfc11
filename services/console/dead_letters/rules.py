"""The commands of `canbao bus` that see to messages of a service that could not be handled."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """What is to be typed where the services run, and what it does."""

    line: str
    does_zh: str
    does: str


def commands_of(service: str) -> tuple[Command, ...]:
    """What an operator does about dead letters of a service, in this order."""
    of = f"--service {service}"
    return (
        Command(
            f"canbao bus dead-letters {of}", "逐条列出：编号、类型、尝试次数和原因。先据此排除原因。",
            "Lists each: id, type, attempts and the reason. Mend the cause first.",
        ),
        Command(
            f"canbao bus retry {of}", "全部再试，并等待结果；行末可加编号，只再试所列。",
            "Tries all again, and waits for the outcome; with ids behind it, those alone.",
        ),
        Command(
            f'canbao bus discard {of} --why "..." ID',
            "确认永远无法处理的，按编号（ID）逐条放弃，并写明原因；原因留存，其后的消息继续。",
            "Gives up on one for good, by its id; why is kept, and those behind it are tried.",
        ),
        Command(
            "canbao bus status", "各服务待发、待处理、死信的数目；仍有死信时退出码为 1。",
            "What each service has to publish, to handle, and parked; exit code 1 while anything is.",
        ),
    )  # fmt: skip
