package millrace.actors.access;

import java.util.List;

/**
 * Who asks for something: certificates, the signer's first, and the signature of what is asked for by the key of the first.
 *
 * @param certificates DER, in Base64
 * @param signature in Base64
 */
public record Credential(List<String> certificates, String signature) {
    public Credential {
        certificates = List.copyOf(certificates);
    }
}
