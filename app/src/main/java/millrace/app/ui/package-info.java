/**
 * The page on which people watch runs and play with schedules: a server in this JVM, what it tells of runs while they go on, and the files
 * of the page ({@code src/main/resources/millrace/app/ui}). The page draws what it is told; everything is computed here.
 */
@NullMarked
package millrace.app.ui;

import org.jspecify.annotations.NullMarked;
