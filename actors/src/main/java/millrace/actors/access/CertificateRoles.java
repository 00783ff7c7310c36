package millrace.actors.access;

import com.typesafe.config.Config;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * Which roles a certificate gives, by names that it has.
 *
 * @param patterns for each role; {@code OU=worker}, {@code CN=alice}, {@code SAN=*.example.org}, of which one must match
 */
record CertificateRoles(Map<Role, List<String>> patterns) {
    private static final Set<String> NAMES = Set.of("OU", "CN", "SAN");
    private static final Set<Integer> DNS_OR_ADDRESS = Set.of(2, 7);

    CertificateRoles {
        patterns.forEach((role, all) -> all.forEach(pattern -> {
            int split = pattern.indexOf('=');
            if (split < 0 || !NAMES.contains(pattern.substring(0, split)) || split == pattern.length() - 1) {
                throw new IllegalArgumentException("millrace.access." + role.word() + ": " + pattern
                        + " (expected: OU=NAME, CN=NAME or SAN=NAME, * stands for any text)");
            }
        }));
    }

    /** As the block {@code millrace.access} says. */
    static CertificateRoles of(Config access) {
        Map<Role, List<String>> patterns = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            patterns.put(role, access.getStringList(role.word()));
        }
        return new CertificateRoles(patterns);
    }

    /** The roles of a certificate; whoever has any may look. */
    Set<Role> of(X509Certificate certificate) {
        List<String> names = names(certificate);
        Set<Role> roles = EnumSet.noneOf(Role.class);
        patterns.forEach((role, all) -> {
            if (all.stream().anyMatch(pattern -> names.stream().anyMatch(name -> matches(pattern, name)))) {
                roles.add(role);
            }
        });
        if (!roles.isEmpty()) {
            roles.add(Role.VIEWER);
        }
        return roles;
    }

    /** Its own name, and what it may do, for messages. */
    static String described(X509Certificate certificate, Set<Role> roles) {
        String words = roles.stream().map(Role::word).collect(Collectors.joining(", "));
        return "certificate " + certificate.getSubjectX500Principal().getName() + ": "
                + (words.isEmpty() ? "no role" : words);
    }

    private static boolean matches(String pattern, String name) {
        // a glob of file names, in which a slash or a backslash would mean something else
        String text = pattern.replace("\\", "\\\\");
        return !name.contains("/")
                && FileSystems.getDefault().getPathMatcher("glob:" + text).matches(Path.of(name));
    }

    private static List<String> names(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            LdapName subject =
                    new LdapName(certificate.getSubjectX500Principal().getName());
            for (Rdn rdn : subject.getRdns()) {
                names.add(rdn.getType() + "=" + rdn.getValue());
            }
            Collection<List<?>> others = certificate.getSubjectAlternativeNames();
            for (List<?> other : others == null ? List.<List<?>>of() : others) {
                if (other.get(0) instanceof Integer kind && DNS_OR_ADDRESS.contains(kind)) {
                    names.add("SAN=" + other.get(1));
                }
            }
        } catch (InvalidNameException | CertificateParsingException _) {
            // a certificate whose names cannot be read has none
            return List.of();
        }
        return names;
    }
}
