/** Run files and presets: HOCON in, checked settings out. */
@NullMarked
package millrace.app.config;

import org.jspecify.annotations.NullMarked;
