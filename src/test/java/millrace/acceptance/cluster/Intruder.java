package millrace.acceptance.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Random;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** Connections that a node with TLS must not accept; each returns when the node has closed it. */
record Intruder(Certificates certificates, int port) {
    private static final int PATIENCE_MILLIS = 30_000;

    /** A peer that can do TLS but shows no certificate. */
    void withoutCertificate() throws IOException, GeneralSecurityException {
        talk(context(null).getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port), akkaFrame(4096));
    }

    /** A peer with a certificate of a CA that nobody here trusts. */
    void withCertificateOfAnotherCa() throws IOException, GeneralSecurityException {
        talk(
                context(new Insisting(certificates.store("stranger")))
                        .getSocketFactory()
                        .createSocket(InetAddress.getLoopbackAddress(), port),
                akkaFrame(4096));
    }

    void withRandomBytes() throws IOException {
        byte[] bytes = new byte[64 * 1024];
        new Random(7).nextBytes(bytes);
        talk(new Socket(InetAddress.getLoopbackAddress(), port), bytes);
    }

    /** A frame of plain Artery that claims a gibibyte, and the first 16 MiB of it. */
    void withGibibyteFrame() throws IOException {
        talk(new Socket(InetAddress.getLoopbackAddress(), port), akkaFrame(16 << 20));
    }

    /** Artery's greeting, the length of a gibibyte, and as many bytes. */
    private static byte[] akkaFrame(int bytes) {
        byte[] magic = "AKKA".getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(magic.length + 1 + 4 + bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(magic)
                .put((byte) 1)
                .putInt(1 << 30)
                .array();
    }

    private static void talk(Socket socket, byte[] bytes) throws IOException {
        try (socket) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
            InputStream in = socket.getInputStream();
            while (in.read() >= 0) {
                // an alert, perhaps
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the connection is still open", e);
        } catch (IOException _) {
            // closed while it was still talking
        }
    }

    private SSLContext context(@Nullable KeyManager key) throws IOException, GeneralSecurityException {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(load(certificates.store("truststore")));
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(key == null ? null : new KeyManager[] {key}, trust.getTrustManagers(), null);
        return context;
    }

    private static KeyStore load(Path path) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(path)) {
            store.load(in, Certificates.PASSWORD.toCharArray());
        }
        return store;
    }

    /** Shows its certificate although the node has named other CAs; the JDK's own would show none. */
    private static final class Insisting extends X509ExtendedKeyManager {
        private static final String ALIAS = "stranger";
        private final KeyStore store;

        private Insisting(Path path) throws IOException, GeneralSecurityException {
            this.store = load(path);
        }

        @Override
        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return ALIAS;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            try {
                return Arrays.copyOf(
                        store.getCertificateChain(ALIAS),
                        store.getCertificateChain(ALIAS).length,
                        X509Certificate[].class);
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            try {
                return (PrivateKey) store.getKey(ALIAS, Certificates.PASSWORD.toCharArray());
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            return new String[] {ALIAS};
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            return new String[0];
        }

        @Override
        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return ALIAS;
        }
    }
}
