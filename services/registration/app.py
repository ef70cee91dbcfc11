"""Assembles the registration service: its web application and its background work; nothing else."""

from collections.abc import Sequence

from libs.common.bus.consumer import consumer
from libs.common.bus.relay import relay
from libs.common.cases import api as cases_api
from libs.common.cases.telling import teller
from libs.common.events import collection, subsidy
from libs.common.lookups import api as lookups_api
from libs.common.security.seals import sealer
from libs.common.service import AsgiApp, Worker
from libs.common.web.app import create_service_app, routes_of
from libs.common.web.frame import MEBIBYTE
from services.registration.alarms import alarms
from services.registration.assessments import api as assessments_api
from services.registration.assessments.worker import assess_worker
from services.registration.bulletins import api as bulletins_api
from services.registration.cases.deciding import DESK
from services.registration.chases import api as chases_api
from services.registration.contacts import api as contacts_api
from services.registration.covers import api as covers_api
from services.registration.elsewhere import api as elsewhere_api
from services.registration.elsewhere.looking_again import looking
from services.registration.enrollments import api as enrollments_api
from services.registration.enrollments import handlers
from services.registration.erasures import api as erasures_api
from services.registration.helps import api as helps_api
from services.registration.histories import api as histories_api
from services.registration.households import api as households_api
from services.registration.import_changes import api as import_changes_api
from services.registration.imports import api as imports_api
from services.registration.imports import returns_api, template_api
from services.registration.imports.worker import import_worker
from services.registration.life_events import api as life_events_api
from services.registration.merges import api as merges_api
from services.registration.moves import api as moves_api
from services.registration.notices import api as notices_api
from services.registration.people import api as people_api
from services.registration.progress import api as progress_api
from services.registration.reminders import api as reminders_api
from services.registration.reminders.sending import reminding
from services.registration.reports import api as reports_api
from services.registration.rosters import api as rosters_api
from services.registration.scores import api as scores_api
from services.registration.seasons import api as seasons_api
from services.registration.seasons.worker import opening_worker, renewing
from services.registration.settings import RegistrationContext
from services.registration.surveys import api as surveys_api
from services.registration.tickets import api as tickets_api
from services.registration.unassessed import api as unassessed_api
from services.registration.units import api as units_api

TAGS = (
    {"name": "households", "description": "Households and their members, registered in batches."},
    {
        "name": "imports",
        "description": "Files of households, statuses, surveys and history: upload, progress, faults.",
    },
    {
        "name": "surveys",
        "description": "Whom each village has to insure, what people answered, and its lists.",
    },
    {
        "name": "helps",
        "description": "Help by collectives, units, townships and people: whom their money helps.",
    },
    {
        "name": "elsewhere",
        "description": "Help for people recognized here who are insured in another county.",
    },
    {
        "name": "chases",
        "description": "Who is on whom that has not paid, what was done, and what comes next.",
    },
    {
        "name": "units",
        "description": "Schools, stations and other units that register their people by list.",
    },
    {
        "name": "tickets",
        "description": "Errors that villages and townships report; the bureau mends them or says why not.",
    },
    {"name": "people", "description": "People on record and what happens to them. Every look-up is audited."},
    {
        "name": "histories",
        "description": "In which years people were insured, here and elsewhere, and how that is known.",
    },
    {"name": "rosters", "description": "Who has which status, as departments list them."},
    {"name": "enrollments", "description": "Enrollment per person and year, with every assessment."},
    {"name": "assessments", "description": "The assessment contract, without storing anything."},
    {"name": "notices", "description": "The notices in force and the values they leave open."},
    {"name": "seasons", "description": "Seasons opened with everybody who was insured the year before."},
    {
        "name": "progress",
        "description": "How far townships and villages are at any instant, by the goals of the notice.",
    },
    {
        "name": "bulletins",
        "description": "Progress as offices hand it round: signed by a second person, never changed.",
    },
    {"name": "scores", "description": "Points of townships, their work funds, and the sheet of the year."},
    {"name": "reports", "description": "Reports."},
    cases_api.TAG,
    lookups_api.TAG,
)


#: The doors of the rooms, in the order of the document.
_ROUTES = routes_of(
    households_api.router,
    *(imports_api.router, returns_api.router, import_changes_api.router, template_api.router),
    surveys_api.router,
    chases_api.router,
    tickets_api.router,
    units_api.router,
    people_api.router,
    moves_api.router,
    *(merges_api.router, erasures_api.router),
    life_events_api.router,
    rosters_api.router,
    enrollments_api.router,
    *(covers_api.router, histories_api.router, helps_api.router, elsewhere_api.router),
    *(contacts_api.router, reminders_api.router),
    assessments_api.router,
    unassessed_api.router,
    *(notices_api.router, seasons_api.router),
    progress_api.router,
    bulletins_api.router,
    scores_api.router,
    reports_api.router,
    cases_api.case_router(DESK, "registration", decide="registration:decide"),
    lookups_api.lookup_router("registration"),
)


def create_app(context: RegistrationContext) -> AsgiApp:
    """Make the web application."""
    return create_service_app(
        context,
        title="Canbao registration",
        description=(
            "Registers households, lists statuses, enrolls people and says what each owes, by the notice. "
            "Errors are problem details in English and Chinese."
        ),
        routes=_ROUTES,
        tags=TAGS,
        larger_bodies={
            "/v1/imports": context.settings.upload_limit_mib * MEBIBYTE,
            "/v1/households:batch": 64 * MEBIBYTE,
            "/v1/assessments": context.settings.upload_limit_mib * MEBIBYTE,
        },
    )


HANDLERS = {collection.TOPIC: handlers.COLLECTION, subsidy.TOPIC: handlers.SUBSIDY}


def workers(context: RegistrationContext) -> Sequence[Worker]:
    """Make the background work: publishing, consuming, assessing, importing, opening, alarms."""
    return [
        relay(context),
        sealer(context),
        consumer(context, "registration", HANDLERS),
        assess_worker(context),
        import_worker(context),
        opening_worker(context),
        renewing(context),
        looking(context),
        *alarms(context),
        reminding(context),
        teller(context, DESK),
    ]
