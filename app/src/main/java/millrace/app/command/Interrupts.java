package millrace.app.command;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Ctrl-C drains the line and saves before the JVM goes. */
final class Interrupts implements AutoCloseable {
    // down when everything is saved and said: what Ctrl-C waits for
    private final CountDownLatch finished = new CountDownLatch(1);

    private @Nullable Thread hook;

    /**
     * From now on Ctrl-C calls this, and nothing that was given before.
     *
     * @param interrupt asks a run to end
     */
    void call(Runnable interrupt) {
        Thread next = new Thread(() -> {
            interrupt.run();
            try {
                boolean _ = finished.await(60, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        forget();
        try {
            Runtime.getRuntime().addShutdownHook(next);
            hook = next;
        } catch (IllegalStateException _) {
            // the JVM is on its way out while one run follows another
            interrupt.run();
        }
    }

    /** Everything is saved and said. */
    @Override
    public void close() {
        finished.countDown();
        forget();
    }

    /** A hook that stayed would keep the whole run in memory. */
    private void forget() {
        if (hook != null) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException _) {
                // the JVM is on its way out, and the hook is what it waits for
            }
        }
    }
}
