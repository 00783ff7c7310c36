package millrace.acceptance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import millrace.actors.node.ClusterNode;
import org.junit.jupiter.api.Test;

/** Nodes that were given nobody to join find each other, as pods do; readiness is membership. */
class BootstrapTest {
    @Test
    void twoNodesFindEachOtherAndAreReady() throws Exception {
        int first = freePort();
        int second = freePort();
        try (Members members = new Members();
                HttpClient http = HttpClient.newHttpClient()) {
            ClusterNode one = members.start(conf(first, first, second));
            // alone it begins no cluster: two are required
            await().atMost(Duration.ofSeconds(30)).until(() -> status(http, "GET", first, "/alive") == 200);
            assertThat(status(http, "GET", first, "/ready")).isNotEqualTo(200);

            ClusterNode two = members.start(conf(second, first, second));
            await().atMost(Duration.ofMinutes(2)).until(() -> one.isUp() && two.isUp());
            assertThat(one.members()).hasSize(2);
            await().atMost(Duration.ofSeconds(30)).until(() -> status(http, "GET", first, "/ready") == 200);
            await().atMost(Duration.ofSeconds(30)).until(() -> status(http, "GET", second, "/ready") == 200);

            // whoever reaches the port may look, but not touch
            assertThat(status(http, "DELETE", first, "/cluster/members/" + two.address()))
                    .isGreaterThanOrEqualTo(400);
            assertThat(one.members())
                    .hasSize(2)
                    .allMatch(member -> member.status().equals("up"));
        }
    }

    private static Config conf(int own, int first, int second) {
        return ConfigFactory.parseString("""
            millrace.node.join = bootstrap
            akka.management.http.port = %d
            akka.management.cluster.bootstrap.contact-point-discovery {
              discovery-method = config
              service-name = millrace
              required-contact-point-nr = 2
              stable-margin = 1s
            }
            akka.management.cluster.bootstrap.contact-point.filter-on-fallback-port = off
            akka.discovery.config.services.millrace.endpoints = [
              { host = "127.0.0.1", port = %d }, { host = "127.0.0.1", port = %d }
            ]
            """.formatted(own, first, second));
    }

    private static int status(HttpClient http, String method, int port, String path)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
