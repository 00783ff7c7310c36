package millrace.app.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigParseable;
import java.io.File;
import java.net.URL;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets HOCON include only what is there and can be read. The standard passes over {@code include "x.conf"} when there is no
 * such file, so that a misspelt name loses its settings without a word; here every include is one of
 * {@code include required("x.conf")}, also those of included files.
 */
final class RequiredIncludes implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
    private final String file;
    private final @Nullable ConfigIncluder standard;

    private RequiredIncludes(String file, @Nullable ConfigIncluder standard) {
        this.file = file;
        this.standard = standard;
    }

    /** @param file the one that includes, as messages call it */
    static RequiredIncludes of(String file) {
        return new RequiredIncludes(file, null);
    }

    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
        // of several fallbacks the first is the nearest, and knows the others
        return standard == null ? new RequiredIncludes(file, fallback) : this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
        return required(what, () -> standard(ConfigIncluder.class).include(new Required(context, what), what));
    }

    @Override
    public ConfigObject includeFile(ConfigIncludeContext context, File what) {
        String name = what.toString();
        return required(name, () -> standard(ConfigIncluderFile.class).includeFile(new Required(context, name), what));
    }

    @Override
    public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
        String name = what.toString();
        return required(name, () -> standard(ConfigIncluderURL.class).includeURL(new Required(context, name), what));
    }

    @Override
    public ConfigObject includeResources(ConfigIncludeContext context, String what) {
        return required(
                what,
                () -> standard(ConfigIncluderClasspath.class).includeResources(new Required(context, what), what));
    }

    private <T> T standard(Class<T> kind) {
        return kind.cast(Objects.requireNonNull(standard, "the library gives its includer as a fallback"));
    }

    private ConfigObject required(String what, Supplier<ConfigObject> included) {
        try {
            return included.get();
        } catch (ConfigException.IO e) {
            throw new IllegalArgumentException(
                    what + ": " + (isThere(what) ? "a file that cannot be read" : "no such file")
                            + " (expected: one beside " + file
                            + ", which includes it, or a whole path); correct the include or take it out",
                    e);
        }
    }

    private boolean isThere(String what) {
        return new File(new File(file).getAbsoluteFile().getParentFile(), what).exists() || new File(what).exists();
    }

    /** What may be included from one place: nothing that is missing, and the same within what is included. */
    private record Required(ConfigIncludeContext context, String what) implements ConfigIncludeContext {
        private ConfigParseOptions strict(ConfigParseOptions options, String name) {
            return options.setAllowMissing(false).setIncluder(of(name));
        }

        @Override
        public ConfigParseOptions parseOptions() {
            return strict(context.parseOptions(), what);
        }

        @Override
        public ConfigIncludeContext setParseOptions(ConfigParseOptions options) {
            return new Required(context.setParseOptions(options), what);
        }

        @Override
        public @Nullable ConfigParseable relativeTo(String name) {
            ConfigParseable found = context.relativeTo(name);
            return found == null ? null : new Named(found, name);
        }

        /** Something to include, which calls itself by its own name in messages about what it includes. */
        private final class Named implements ConfigParseable {
            private final ConfigParseable found;
            private final String name;

            Named(ConfigParseable found, String name) {
                this.found = found;
                this.name = name;
            }

            @Override
            public ConfigObject parse(ConfigParseOptions options) {
                return found.parse(options);
            }

            @Override
            public ConfigOrigin origin() {
                return found.origin();
            }

            @Override
            public ConfigParseOptions options() {
                String path = found.origin().filename();
                return strict(found.options(), path == null ? name : path);
            }
        }
    }
}
