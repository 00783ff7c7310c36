package millrace.actors.access;

import com.typesafe.config.Config;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertPathValidator;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Signs what this process asks for, and decides what others may do. A message does not say which connection it has come
 * through, so what matters is signed with the key of the certificate that gives the role; whoever passes it on changes nothing
 * of that.
 */
public final class Access {
    private static final Access OPEN = new Access(null);

    private final @Nullable Keys keys;

    private record Keys(CertificateRoles roles, PrivateKey key, List<X509Certificate> own, KeyStore trusted) {}

    private Access(@Nullable Keys keys) {
        this.keys = keys;
    }

    /** Where everybody may do everything: without certificates nobody knows who asks. */
    public static Access open() {
        return OPEN;
    }

    /**
     * As the settings of a node say: with TLS, and where {@code millrace.access.by-certificate} is on, by certificates.
     *
     * @throws IllegalArgumentException when keys cannot be read
     */
    public static Access of(Config config) {
        boolean tls = config.getString("akka.remote.artery.transport").equals("tls-tcp");
        if (!tls || !config.getBoolean("millrace.access.by-certificate")) {
            return OPEN;
        }
        Config engine = config.getConfig("akka.remote.artery.ssl.config-ssl-engine");
        try {
            KeyStore store = read(engine, "key-store");
            char[] password = engine.getString("key-password").toCharArray();
            for (String alias : Collections.list(store.aliases())) {
                if (store.getKey(alias, password) instanceof PrivateKey key) {
                    List<X509Certificate> own = new ArrayList<>();
                    for (Certificate certificate : store.getCertificateChain(alias)) {
                        own.add((X509Certificate) certificate);
                    }
                    return new Access(new Keys(
                            CertificateRoles.of(config.getConfig("millrace.access")),
                            key,
                            own,
                            read(engine, "trust-store")));
                }
            }
            throw new IllegalArgumentException(
                    "key-store: " + engine.getString("key-store") + " (expected: a store with the node's key)");
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "key-store: " + engine.getString("key-store") + ": " + e.getMessage()
                            + " (expected: a PKCS#12 or JKS store and its password); see cluster-conf/tls.conf",
                    e);
        }
    }

    private static KeyStore read(Config engine, String which) throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(Path.of(engine.getString(which)))) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(in, engine.getString(which + "-password").toCharArray());
            return store;
        }
    }

    /** Whether there are roles. */
    public boolean isByCertificate() {
        return keys != null;
    }

    /**
     * Refuses what this process's own certificate does not allow, before anybody else has to.
     *
     * @throws IllegalArgumentException when it does not
     */
    public void requireOwn(Role role) {
        if (keys != null) {
            requireRole(keys, keys.own().getFirst(), role);
        }
    }

    /** Signs a request with this process's key; empty where there are no roles. */
    public Optional<Credential> sign(String request) {
        if (keys == null) {
            return Optional.empty();
        }
        try {
            Signature signature = Signature.getInstance(algorithm(keys.own().getFirst()));
            signature.initSign(keys.key());
            signature.update(request.getBytes(StandardCharsets.UTF_8));
            List<String> certificates = new ArrayList<>();
            for (X509Certificate certificate : keys.own()) {
                certificates.add(Base64.getEncoder().encodeToString(certificate.getEncoded()));
            }
            return Optional.of(new Credential(certificates, Base64.getEncoder().encodeToString(signature.sign())));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("signature: " + e.getMessage() + " (expected: a key that can sign)", e);
        }
    }

    /**
     * Refuses a request that nobody has signed who may ask for it.
     *
     * @param request as it was signed
     * @param credential who asks
     * @throws IllegalArgumentException when it is not signed, by somebody whom no trusted CA knows, or without that role
     */
    public void require(Role role, String request, Optional<Credential> credential) {
        if (keys == null) {
            return;
        }
        Credential signed = credential.orElseThrow(
                () -> new IllegalArgumentException("request without a signature (expected: that of a " + role.word()
                        + ", to " + role.deed() + "); use the same deployment file everywhere"));
        X509Certificate signer;
        try {
            signer = verified(keys, request, signed);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "signature: " + e.getMessage() + " (expected: that of a " + role.word()
                            + " with a certificate of the cluster's CA)",
                    e);
        }
        requireRole(keys, signer, role);
    }

    /**
     * Refuses a connection of somebody who has no role at all.
     *
     * @param peer the other side's certificate
     * @throws IllegalArgumentException when it gives none
     */
    public void requireAny(X509Certificate peer) {
        if (keys != null) {
            requireRole(keys, peer, Role.VIEWER);
        }
    }

    private static void requireRole(Keys keys, X509Certificate certificate, Role role) {
        Set<Role> roles = keys.roles().of(certificate);
        if (!roles.contains(role)) {
            throw new IllegalArgumentException(CertificateRoles.described(certificate, roles) + " (expected: "
                    + role.word() + ", to " + role.deed()
                    + "); take another certificate, or change millrace.access on the nodes");
        }
    }

    private static X509Certificate verified(Keys keys, String request, Credential signed)
            throws GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> chain = new ArrayList<>();
        for (String certificate : signed.certificates()) {
            byte[] der = Base64.getDecoder().decode(certificate);
            chain.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
        }
        if (chain.isEmpty()) {
            throw new CertificateException("no certificate");
        }
        X509Certificate signer = chain.getFirst();
        PKIXParameters trust = new PKIXParameters(keys.trusted());
        // who takes a certificate back takes its CA out of the trust store; there is no list to ask
        trust.setRevocationEnabled(false);
        List<X509Certificate> path = chain.stream()
                .filter(certificate ->
                        !certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal()))
                .toList();
        CertPathValidator.getInstance("PKIX").validate(factory.generateCertPath(path), trust);
        Signature signature = Signature.getInstance(algorithm(signer));
        signature.initVerify(signer);
        signature.update(request.getBytes(StandardCharsets.UTF_8));
        if (!signature.verify(Base64.getDecoder().decode(signed.signature()))) {
            throw new CertificateException("not of this request");
        }
        return signer;
    }

    private static String algorithm(X509Certificate certificate) {
        return switch (certificate.getPublicKey().getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            case String other -> other;
        };
    }
}
