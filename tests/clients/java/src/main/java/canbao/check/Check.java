package canbao.check;

import canbao.collection.api.OrdersApi;
import canbao.collection.model.NewOrder;
import canbao.ledger.api.HandoversApi;
import canbao.registration.api.NoticesApi;
import canbao.subsidy.api.PayoutsApi;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.UUID;

/** Uses the generated clients of all four services against a running instance. */
public final class Check {
    public static void main(String[] arguments) throws Exception {
        String address = System.getenv("CANBAO_ADDRESS");
        String token = "Bearer " + System.getenv("CANBAO_TOKEN");

        var registration = new canbao.registration.ApiClient();
        registration.updateBaseUri(address + "/registration");
        registration.setRequestInterceptor(request -> request.header("Authorization", token));
        var notices = new NoticesApi(registration).listNotices();
        say(notices.getItems().stream().anyMatch(notice -> notice.getCounty().equals("youxi")), "notices are listed");

        var collection = new canbao.collection.ApiClient();
        collection.updateBaseUri(address + "/collection");
        collection.setRequestInterceptor(request -> request.header("Authorization", token));
        var order = new NewOrder().county("youxi").coverageYear(2020).channel("wechat").personIds(List.of(1L << 40));
        try {
            new OrdersApi(collection).createOrder("\"" + UUID.randomUUID() + "\"", order);
            say(false, "an order for nobody is refused");
        } catch (canbao.collection.ApiException refused) {
            JsonNode problem = new ObjectMapper().readTree(refused.getResponseBody());
            say(problem.get("type").asText().startsWith("urn:canbao:problem:"), "an order for nobody is refused");
            say(problem.get("status").asInt() == refused.getCode(), "a problem has the status of its answer");
        }

        var subsidy = new canbao.subsidy.ApiClient();
        subsidy.updateBaseUri(address + "/subsidy");
        subsidy.setRequestInterceptor(request -> request.header("Authorization", token));
        var payouts = new PayoutsApi(subsidy).listPayouts(null, "youxi", 2020, null, 10);
        say(payouts.getItems().isEmpty() && payouts.getNextAfter() == null, "there are no payouts yet");

        var ledger = new canbao.ledger.ApiClient();
        ledger.updateBaseUri(address + "/ledger");
        ledger.setRequestInterceptor(request -> request.header("Authorization", token));
        var handovers = new HandoversApi(ledger).listHandovers("youxi", 2020);
        say(!handovers.getItems().isEmpty(), "the deadlines of the notice are listed");
    }

    private static void say(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
        System.out.println("ok: " + what);
    }
}
