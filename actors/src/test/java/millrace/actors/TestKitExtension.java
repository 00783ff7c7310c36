package millrace.actors;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** An actor system for the tests of a class, set up by application-test.conf and shut down after the last. */
public final class TestKitExtension implements AfterAllCallback {
    private final ActorTestKit kit = ActorTestKit.create();

    public ActorTestKit kit() {
        return kit;
    }

    @Override
    public void afterAll(ExtensionContext context) {
        kit.shutdownTestKit();
    }
}
