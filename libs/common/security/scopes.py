"""What a token may allow: every scope, and the roles that usually carry them."""

#: Scope -> what it allows.
SCOPES: dict[str, str] = {
    "registration:read": "see people, enrollments and their assessments",
    "registration:write": "register households, import files and rosters, record life events, cancel",
    "registration:decide": "decide cases of cover, say who was insured in which years, be the second person",
    "survey:read": "see the lists of villages: who has to be insured, has paid, is excused or to be chased",
    "survey:write": "write down what people of a village answered, and chase them; names and phones whole",
    "units:write": "register the people of one's own unit by list and pay for them; nothing about others",
    "tickets:read": "see reported errors, by when they are due and what became of them",
    "tickets:write": "report errors in the data of people of one's villages, and withdraw such reports",
    "progress:read": "see how far townships and villages are, and the bulletins about it; nobody by name",
    "progress:write": "enter populations, keep snapshots, draft bulletins",
    "progress:sign": "sign bulletins that somebody else drafted, or refuse them",
    "scores:write": "judge townships, enter incidents and budgets, freeze score sheets, be the second person",
    "alerts:read": "see the alerts of all services and how many there are; no cases, no history",
    "notices:write": "supply the values that a notice leaves open",
    "assess": "ask what somebody would owe, without recording anything",
    "collection:read": "see dues, payments, orders, suspense and vouchers",
    "collection:write": "apply suspended payments, decide cases about money that came in",
    "channels:write": "give channels secrets, take them out, try them; be the second person for it",
    "cash:write": "record money taken by hand, its paper vouchers, and its deposits at the bank",
    "cash:review": "register collectors, issue and count voucher books, review what villages hand in",
    "orders:write": "search dues by number and name, and make payment orders (mini-program backends)",
    "payers:vouch": "say whose real name was checked: the payer of an order, and who agreed to be reminded",
    "identities:read": "be given numbers and names of people of whom collector and bureau are told",
    "exchange:read": "see batches for the collector and the bureau, and what became of their rows",
    "exchange:write": "make such batches, and see them",
    "exchange:collector": "see batches for the collector, and answer them in its name",
    "exchange:bureau": "see batches for medical insurance, and answer them in its name",
    "subsidy:read": "see grants, payouts and refunds",
    "subsidy:write": "verify help and apply for its money, make payout batches, feed bank results",
    "cards:write": "record social-security cards",
    "refunds:write": "ask for refunds",
    "subsidy:approve": "approve or reject refunds, decide cases about help, confirm and enter its money",
    "ledger:read": "see accounts, postings, handovers and totals",
    "ledger:write": "record movements of money between bank, treasury and fund",
    "ledger:close": "seal handovers, lock and close accounting months, decide cases about money off its way",
    "ledger:sign": "give a department's own figures of a handover, and sign its paper",
    "webhooks:read": "see who is told of facts by webhooks, and the log of it",
    "webhooks:write": "have addresses told of facts, change their secrets, tell facts again",
    "ops:read": "see the backlog of a service",
    "ops:write": "retry parked notifications, look after users of the console",
    "audit:read": "see who looked whom up, and check that nobody changed what was recorded of it",
    "pii:read": "see identity and account numbers unmasked",
}

#: Whoever may do these asks for many: a backend of residents, a bank's counters, a unit with its list.
OF_MANY = ("orders:write", "units:write")

#: Role -> its usual scopes. A role is a word for the audit: only scopes decide.
ROLES: dict[str, tuple[str, ...]] = {
    "village_agent": (
        "survey:read", "survey:write", "tickets:read", "tickets:write", "collection:read", "orders:write",
        "cash:write",
    ),
    "bank_counter": ("orders:write", "cash:write"),
    "township_officer": (
        "registration:read", "registration:write", "progress:read", "survey:read", "survey:write",
        "tickets:read", "tickets:write", "assess", "collection:read", "cash:write", "cash:review",
        "subsidy:read", "cards:write", "refunds:write", "pii:read",
    ),
    "medical_insurance_officer": (
        "registration:read", "registration:write", "registration:decide", "progress:read", "progress:write",
        "survey:read", "tickets:read", "notices:write", "assess", "collection:read", "collection:write",
        "exchange:write", "exchange:bureau", "identities:read", "subsidy:read", "subsidy:write",
        "cards:write", "refunds:write", "ledger:read", "ledger:sign", "pii:read",
    ),
    "department_officer": ("registration:read", "registration:write"),
    "tax_officer": (
        "registration:read", "progress:read", "progress:write", "survey:read", "survey:write",
        "collection:read", "collection:write", "exchange:write", "exchange:collector", "identities:read",
        "cash:review", "subsidy:read", "refunds:write", "ledger:read", "ledger:write", "ledger:sign",
    ),
    "finance_officer": (
        "collection:read", "cash:review", "subsidy:read", "subsidy:approve", "ledger:read", "ledger:write",
        "ledger:close", "ledger:sign",
    ),
    "leader": ("progress:read", "progress:sign", "alerts:read"),
    "score_officer": ("progress:read", "scores:write"),
    "auditor": (
        "registration:read", "survey:read", "tickets:read", "assess", "collection:read", "exchange:read",
        "subsidy:read", "ledger:read", "audit:read", "pii:read",
    ),
    "unit_clerk": ("units:write",),
    "mini_program": ("orders:write", "collection:read", "payers:vouch"),
    "collector_system": ("exchange:collector", "identities:read"),
    "bureau_system": ("exchange:bureau", "identities:read"),
    "operator": (
        "alerts:read", "ops:read", "ops:write", "channels:write", "webhooks:read", "webhooks:write",
    ),
}  # fmt: skip
