package millrace.app.output;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Optional;

/**
 * A writer that says when what was written has not arrived. {@code PrintWriter} and {@code System.out} keep that for
 * themselves, so that a command whose output goes to a full disk would end as if all were well.
 */
public final class CheckedOutput extends PrintWriter {
    private final Recorder recorder;

    private CheckedOutput(Recorder recorder, Charset charset) {
        super(new OutputStreamWriter(recorder, charset), true);
        this.recorder = recorder;
    }

    /** The process's standard output. */
    public static CheckedOutput standard() {
        return to(new FileOutputStream(FileDescriptor.out), System.out.charset());
    }

    /** Any stream. */
    static CheckedOutput to(OutputStream stream, Charset charset) {
        return new CheckedOutput(new Recorder(stream), charset);
    }

    /** @throws OutputLost when something that was written so far cannot be */
    @Override
    public void flush() {
        super.flush();
        recorder.failure().ifPresent(failure -> {
            throw new OutputLost(failure);
        });
    }

    /** Remembers the first failure, and tries no more after it. */
    private static final class Recorder extends FilterOutputStream {
        private volatile Optional<IOException> failure = Optional.empty();

        Recorder(OutputStream stream) {
            super(stream);
        }

        Optional<IOException> failure() {
            return failure;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (failure.isPresent()) {
                throw failure.get();
            }
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                failure = Optional.of(e);
                throw e;
            }
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }
    }
}
