"""Has several rows done one after another; one that is refused keeps none of the others from being done."""

from collections.abc import Mapping, Sequence

from services.console.apis.asking import Asking
from services.console.apis.rules import Refused, ServiceAway
from services.console.bulk.rules import Act, Outcome, key_of
from services.console.decisions.schemas import Done

_AWAY = "服务没有应答，未办理；请重新提交", "the service did not answer: send it again"


async def act_on(
    asking: Asking, act: Act, rows: Sequence[tuple[str, str]], typed: Mapping[str, str], form_key: str
) -> list[Outcome]:
    """What became of each row, by its key and what it is called. Once a service is away, no more is asked."""
    outcomes: list[Outcome] = []
    away = False
    for key, said in rows:
        if not away:
            try:
                sent = act.body(key, typed)
                await asking.change(Done, act.service, act.path(key), sent, key_of(form_key, key))
            except Refused as refused:
                words_zh = f"{refused.title_zh}。{refused.detail_zh}"
                words = f"{refused.title}. {refused.detail}"
                words_zh += "".join(one.detail_zh for one in refused.named)
                words += "".join(f" {one.detail}" for one in refused.named)
                outcomes.append(Outcome(key, said, False, words_zh, words))
                continue
            except ServiceAway:
                away = True
        outcomes.append(
            Outcome(key, said, False, *_AWAY) if away else Outcome(key, said, True, act.done_zh, act.done)
        )
    return outcomes
