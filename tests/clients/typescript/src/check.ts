// Uses the types generated from the documents of all four services against a running instance.
import createClient from "openapi-fetch";
import type { paths as Registration } from "../generated/registration.js";
import type { paths as Collection } from "../generated/collection.js";
import type { paths as Subsidy } from "../generated/subsidy.js";
import type { paths as Ledger } from "../generated/ledger.js";

declare const process: { env: Record<string, string | undefined> };
declare const console: { log(text: string): void };

const address = process.env.CANBAO_ADDRESS;
const headers = { authorization: `Bearer ${process.env.CANBAO_TOKEN}` };

function say(holds: boolean | undefined, what: string): void {
  if (!holds) throw new Error(what);
  console.log(`ok: ${what}`);
}

const registration = createClient<Registration>({ baseUrl: `${address}/registration`, headers });
const notices = await registration.GET("/v1/notices");
say(notices.data?.items.some((notice) => notice.county === "youxi"), "notices are listed");

const collection = createClient<Collection>({ baseUrl: `${address}/collection`, headers });
const refused = await collection.POST("/v1/orders", {
  params: { header: { "idempotency-key": `"${crypto.randomUUID()}"` } },
  body: { county: "youxi", coverage_year: 2020, channel: "wechat", person_ids: [2 ** 40] },
});
say(refused.data === undefined, "an order for nobody is refused with a typed problem");
say(refused.error?.type.startsWith("urn:canbao:problem:"), "whose type says why");
say(refused.error?.status === refused.response.status, "a problem has the status of its answer");

const subsidy = createClient<Subsidy>({ baseUrl: `${address}/subsidy`, headers });
const payouts = await subsidy.GET("/v1/payouts", {
  params: { query: { county: "youxi", coverage_year: 2020 } },
});
say(payouts.data?.items.length === 0 && payouts.data.next_after === null, "there are no payouts yet");

const ledger = createClient<Ledger>({ baseUrl: `${address}/ledger`, headers });
const handovers = await ledger.GET("/v1/handovers", {
  params: { query: { county: "youxi", coverage_year: 2020 } },
});
say((handovers.data?.items.length ?? 0) > 0, "the deadlines of the notice are listed");
