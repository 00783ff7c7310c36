package millrace.app.ui;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who may ask what. Anybody who reaches the server may read; what changes something needs the token that was printed when the server began,
 * and must come from the server's own page. A server that only this machine reaches answers under its own names only, so that no
 * page of another site can be made to look like it (DNS rebinding).
 */
final class RequestRules {
    /** The header that brings the token. */
    static final String TOKEN = "X-Millrace-Token";

    private static final int TOKEN_BYTES = 16;

    private final String token;
    // host:port; empty where the server answers under any name
    private final Set<String> names;

    private RequestRules(String token, Set<String> names) {
        this.token = token;
        this.names = names;
    }

    /**
     * Rules with a new token.
     *
     * @param host that the server is bound to
     */
    static RequestRules of(String host, int port, boolean loopback) {
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        return new RequestRules(
                HexFormat.of().formatHex(random),
                loopback
                        ? new TreeSet<>(
                                List.of(host + ":" + port, "localhost:" + port, "127.0.0.1:" + port, "[::1]:" + port))
                        : Set.of());
    }

    String token() {
        return token;
    }

    /** @throws Refused when a request may not be answered */
    void check(Asked asked) {
        switch (asked.method()) {
            case "GET", "HEAD" -> {}
            case "POST" -> checkChange(asked);
            default -> throw new Refused(405, "method: " + asked.method() + " (expected: GET or POST)");
        }
        String host = asked.host().orElse("");
        if (!names.isEmpty() && !names.contains(host)) {
            throw new Refused(421, "Host: " + host + " (expected: one of " + String.join(", ", names) + ")");
        }
    }

    private void checkChange(Asked asked) {
        String origin = asked.origin().orElse("");
        String own = "http://" + asked.host().orElse("");
        if (!origin.isEmpty() && !origin.equals(own)) {
            throw new Refused(403, "Origin: " + origin + " (expected: " + own + ", the page of this server)");
        }
        if (!isToken(asked.token().orElse(""))) {
            throw new Refused(
                    403,
                    TOKEN
                            + ": not the token (expected: that which was printed with the page's address); open the page by that address");
        }
    }

    /** In a time that does not depend on where they differ. */
    private boolean isToken(String given) {
        return MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }

    /** What a request says of itself. */
    record Asked(String method, Optional<String> host, Optional<String> origin, Optional<String> token) {}
}
