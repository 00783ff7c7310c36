/** Timelines and sweeps as pictures: Gantt and line charts in SVG and PNG, Chrome traces, lines for a terminal. */
@NullMarked
package millrace.app.picture;

import org.jspecify.annotations.NullMarked;
