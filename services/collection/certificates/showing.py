"""Shows certificates to callers: masked, with how their money stands now."""

from libs.common.security.masking import mask_name
from services.collection.certificates.printing import check_address
from services.collection.certificates.schemas import (
    BorneByOthers,
    Certificate,
    CertificateVerdict,
    CertifiedPerson,
    KnownPerson,
    RepairedYear,
)
from services.collection.certificates.verifying import Seen


def shown(seen: Seen) -> Certificate:
    """A certificate for whoever may see ids."""
    coded, content = seen.coded, seen.coded.content
    return Certificate(
        certificate_no=content.certificate_no,
        code=coded.code,
        kind=content.kind,
        county=content.county,
        coverage_year=content.coverage_year,
        division_code=content.division_code,
        state=content.state,
        state_now=seen.state,
        paid_fen=content.paid_fen,
        refunded_fen=content.refunded_fen,
        people=[
            KnownPerson(
                person_id=part.person_id,
                help=[
                    BorneByOthers(payer=one.payer_en, payer_zh=one.payer, amount_fen=one.amount_fen)
                    for one in part.help
                ],
                repairs=[
                    RepairedYear(repaired_year=one.year, amount_fen=one.amount_fen) for one in part.repairs
                ],
                **person.model_dump(),
            )
            for part, person in zip(content.people, _people(seen), strict=True)
        ],
        issued_at=content.issued_at,
        issued_by=content.issued_by,
        batch_id=coded.certificate.batch_id,
        check_address=check_address(content, coded.code),
    )


def _people(seen: Seen) -> list[CertifiedPerson]:
    return [
        CertifiedPerson(
            masked_name=mask_name(person.name),
            masked_id=person.masked_id,
            state=now.state,
            exempt=person.exempt,
            paid_fen=person.paid_fen,
            refunded_fen=now.refunded_fen,
            cover_from=person.cover_from,
            cover_to=person.cover_to,
        )
        for person, now in zip(seen.coded.content.people, seen.people, strict=True)
    ]


def verdict(seen: Seen) -> CertificateVerdict:
    """A genuine certificate for anybody: what the paper says, masked."""
    content = seen.coded.content
    return CertificateVerdict(
        genuine=True,
        certificate_no=content.certificate_no,
        kind=content.kind,
        state=content.state,
        state_now=seen.state,
        county=content.county,
        place=content.place,
        coverage_year=content.coverage_year,
        issuer=content.issuer,
        issued_at=content.issued_at,
        paid_fen=content.paid_fen,
        refunded_fen=content.refunded_fen,
        refunded_now_fen=sum(one.refunded_fen for one in seen.people),
        people=_people(seen),
    )
