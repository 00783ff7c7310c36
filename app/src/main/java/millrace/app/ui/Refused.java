package millrace.app.ui;

/** A request that is not answered as it was wished. */
final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;

    /** @param status of HTTP, 400 to 599 */
    Refused(int status, String why) {
        super(why);
        this.status = status;
    }

    int status() {
        return status;
    }
}
