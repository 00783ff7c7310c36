/** What the commands about schedules tell: simulations, comparisons with measured runs, sweeps over both. */
@NullMarked
package millrace.app.study;

import org.jspecify.annotations.NullMarked;
