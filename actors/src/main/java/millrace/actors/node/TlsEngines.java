package millrace.actors.node;

import akka.actor.ActorSystem;
import akka.remote.artery.tcp.ConfigSSLEngineProvider;
import akka.remote.artery.tcp.SSLEngineProvider;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import millrace.actors.access.Access;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;

/**
 * Akka's TLS, which also says whom it has refused: Akka itself drops a connection whose handshake fails without a word.
 * At most ten lines a second, so that nobody can fill the log.
 */
public final class TlsEngines implements SSLEngineProvider {
    private static final Logger LOG = LoggerFactory.getLogger(TlsEngines.class);
    private static final long NANOS = 1_000_000_000L;
    private static final int LINES_A_SECOND = 10;

    private final SSLEngineProvider engines;
    private final Access access;
    private long second = System.nanoTime();
    private int told;

    /** As Akka makes it. */
    public TlsEngines(ActorSystem system) {
        this.engines = new ConfigSSLEngineProvider(system);
        this.access = Access.of(system.settings().config());
    }

    @Override
    public SSLEngine createServerSSLEngine(String hostname, int port) {
        return new WatchedEngine(
                engines.createServerSSLEngine(hostname, port), e -> refused(String.valueOf(e.getMessage())));
    }

    @Override
    public SSLEngine createClientSSLEngine(String hostname, int port) {
        return engines.createClientSSLEngine(hostname, port);
    }

    private synchronized void refused(String why) {
        long now = System.nanoTime();
        if (now - second > NANOS) {
            second = now;
            told = 0;
        }
        if (told++ < LINES_A_SECOND) {
            LOG.warn("TLS: refused a connection: {}", why);
        }
    }

    @Override
    public Option<Throwable> verifyClientSession(String hostname, SSLSession session) {
        Option<Throwable> refused = engines.verifyClientSession(hostname, session);
        return refused.isDefined() ? refused : withoutRole(session);
    }

    @Override
    public Option<Throwable> verifyServerSession(String hostname, SSLSession session) {
        Option<Throwable> refused = engines.verifyServerSession(hostname, session);
        return refused.isDefined() ? refused : withoutRole(session);
    }

    /** Whoever has no role at all gets no connection; what the others may is decided by what they sign. */
    private Option<Throwable> withoutRole(SSLSession session) {
        try {
            if (access.isByCertificate() && session.getPeerCertificates()[0] instanceof X509Certificate peer) {
                access.requireAny(peer);
            }
            return Option.empty();
        } catch (IllegalArgumentException | SSLPeerUnverifiedException e) {
            refused(String.valueOf(e.getMessage()));
            return Option.apply(e);
        }
    }
}
