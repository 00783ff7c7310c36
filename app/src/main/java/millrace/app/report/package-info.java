/** What people and scripts see: progress, tables, JSON lines. */
@NullMarked
package millrace.app.report;

import org.jspecify.annotations.NullMarked;
