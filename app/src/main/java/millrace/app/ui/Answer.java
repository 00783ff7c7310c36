package millrace.app.ui;

import java.nio.charset.StandardCharsets;
import millrace.app.output.json.JsonLine;

/**
 * What a request is answered with.
 *
 * @param status of HTTP
 * @param type of the content, as HTTP names it
 * @param text of the content
 */
record Answer(int status, String type, String text) {
    private static final String JSON = "application/json";

    static Answer json(Object content) {
        return new Answer(200, JSON, content.toString());
    }

    /** Why a request is not answered as it was wished, in one line. */
    static Answer problem(int status, String why) {
        return problem(status, new JsonLine().put("error", why));
    }

    /** The same with more about it. */
    static Answer problem(int status, JsonLine why) {
        return new Answer(status, JSON, why.toString());
    }

    byte[] bytes() {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
