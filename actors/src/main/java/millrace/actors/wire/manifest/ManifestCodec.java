package millrace.actors.wire.manifest;

import com.google.protobuf.TextFormat;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.nn.io.Sha256;
import millrace.proto.v1.CheckpointFile;
import millrace.proto.v1.CheckpointManifest;

/**
 * Manifests as Protobuf text and back. Equal manifests give equal bytes, all of them ASCII. The last line is a comment
 * with the SHA-256 of the lines above, so that a manifest notices damage to itself; tools that read text format pass
 * over it.
 */
public final class ManifestCodec {
    private static final String SEAL = "# sha256: ";
    private static final int SEAL_BYTES = SEAL.length() + 64 + 1;

    private ManifestCodec() {}

    /** The manifest as text. */
    public static byte[] encode(Manifest manifest) {
        CheckpointManifest.Builder message = CheckpointManifest.newBuilder()
                .setFormat(manifest.format())
                .setStep(manifest.step())
                .setWeightsSha256(manifest.weightsSha256())
                .setConfiguration(manifest.configuration())
                .setModel(manifest.model())
                .putAllMetrics(manifest.metrics())
                .putAllProgress(manifest.progress())
                .putAllTerms(manifest.terms())
                .setRunEpoch(manifest.runEpoch());
        for (FileEntry file : manifest.files()) {
            message.addFiles(CheckpointFile.newBuilder()
                    .setName(file.name())
                    .setBytes(file.bytes())
                    .setSha256(file.sha256())
                    .addAllHolders(file.holders()));
        }
        // the printer sorts maps by key
        byte[] body = TextFormat.printer().printToString(message).getBytes(StandardCharsets.UTF_8);
        byte[] text = Arrays.copyOf(body, body.length + SEAL_BYTES);
        System.arraycopy(seal(body), 0, text, body.length, SEAL_BYTES);
        return text;
    }

    /**
     * The manifest that {@link #encode} was given.
     *
     * @throws IllegalArgumentException when a byte is not as it was written, or the manifest is of another format; one
     *     line, without the name of the file
     */
    public static Manifest decode(byte[] text) {
        byte[] body = Arrays.copyOf(text, Math.max(0, text.length - SEAL_BYTES));
        byte[] found = Arrays.copyOfRange(text, body.length, text.length);
        if (!Arrays.equals(found, seal(body))) {
            throw new IllegalArgumentException("the last line does not fit the " + body.length
                    + " bytes above it (expected: \"" + SEAL + "\" and their SHA-256)");
        }
        CheckpointManifest.Builder message = CheckpointManifest.newBuilder();
        try {
            TextFormat.merge(new String(body, StandardCharsets.UTF_8), message);
        } catch (TextFormat.ParseException e) {
            // the parser quotes what it found, line breaks and all
            String reason = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
            throw new IllegalArgumentException(reason + " (expected: a CheckpointManifest in text format)", e);
        }
        List<FileEntry> files = message.getFilesList().stream()
                .map(file -> new FileEntry(file.getName(), file.getBytes(), file.getSha256(), file.getHoldersList()))
                .toList();
        return new Manifest(
                message.getFormat(),
                message.getStep(),
                message.getWeightsSha256(),
                files,
                message.getConfiguration(),
                message.getModel(),
                message.getMetricsMap(),
                message.getProgressMap(),
                message.getTermsMap(),
                message.getRunEpoch());
    }

    private static byte[] seal(byte[] body) {
        byte[] digest = Sha256.digest().digest(body);
        return (SEAL + HexFormat.of().formatHex(digest) + "\n").getBytes(StandardCharsets.US_ASCII);
    }
}
