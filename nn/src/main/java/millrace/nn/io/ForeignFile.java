package millrace.nn.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * What a file is that people take for a safetensors file, by its first bytes, and how it becomes one. It is asked where the
 * beginning cannot be that of a safetensors file.
 */
final class ForeignFile {
    private static final String EXPECTED = "a safetensors file";
    private static final int LONGEST_INDEX = 16 << 20;
    private static final int MOST_LISTED = 6;

    /** What else begins with these characters. */
    private record Known(String beginning, String what, String remedy) {}

    private static final List<Known> BEGINNINGS = List.of(
            new Known(
                    "\u0093NUMPY",
                    "an array of NumPy (.npy)",
                    "save all weights by their names with safetensors.numpy.save_file"),
            new Known(
                    "\u0089HDF",
                    "an HDF5 file, as Keras writes it",
                    "save its arrays with safetensors.numpy.save_file by the names 0.weight, 0.bias and so on, the weights of"
                            + " dense layers transposed, out x in"),
            new Known("GGUF", "a GGUF file of llama.cpp", "take the safetensors file that it was made of"),
            new Known(
                    "version https://git-lfs",
                    "a pointer of Git LFS instead of the file",
                    "fetch it with git lfs pull"),
            new Known("\u001f\u008b", "compressed with gzip", "decompress it first"),
            new Known("<", "a web page or XML", "download the file itself"));

    private ForeignFile() {}

    /** Says what the file is, where it is something known. */
    static Optional<IllegalArgumentException> recognised(Path path, FileChannel channel) throws IOException {
        ByteBuffer first = ByteBuffer.allocate(64);
        channel.read(first, 0);
        // each byte is a character of its own
        String beginning = new String(first.array(), 0, first.position(), StandardCharsets.ISO_8859_1);
        if (beginning.startsWith("PK\u0003\u0004")) {
            return Optional.of(archive(path));
        }
        // the opcode of a pickle's protocol, 2 or later
        if (beginning.startsWith("\u0080") && beginning.length() > 1 && beginning.charAt(1) < 8) {
            return Optional.of(pickle(path));
        }
        if (beginning.startsWith("{")) {
            return index(path, channel);
        }
        if (path.toString().endsWith(".onnx")) {
            return Optional.of(FileProblem.of(
                    path.toString(), "an ONNX file", EXPECTED, "save the weights of the network that it was made of"));
        }
        return BEGINNINGS.stream()
                .filter(known -> beginning.startsWith(known.beginning()))
                .findFirst()
                .map(known -> FileProblem.of(path.toString(), known.what(), EXPECTED, known.remedy()));
    }

    private static IllegalArgumentException archive(Path path) {
        String file = path.toString();
        try (ZipFile zip = new ZipFile(path.toFile())) {
            List<String> names = zip.stream().map(ZipEntry::getName).toList();
            if (names.stream().anyMatch(name -> name.endsWith("/data.pkl"))) {
                return pickle(path);
            }
            if (!names.isEmpty() && names.stream().allMatch(name -> name.endsWith(".npy"))) {
                List<String> arrays = names.stream()
                        .map(name -> name.substring(0, name.length() - ".npy".length()))
                        .toList();
                return FileProblem.of(
                        file,
                        "an archive of NumPy (.npz) with " + count(arrays, "arrays"),
                        EXPECTED,
                        "convert it in Python: import numpy; from safetensors.numpy import save_file;"
                                + " save_file(dict(numpy.load(" + python(file) + ")), " + python(renamed(path)) + ")");
            }
            return FileProblem.of(
                    file, "a zip archive with " + count(names, "entries"), EXPECTED, "take the weights out of it");
        } catch (IOException e) {
            return new IllegalArgumentException(
                    FileProblem.message(
                            file,
                            "a zip archive (a PyTorch or NumPy file) that is cut short or damaged",
                            EXPECTED,
                            "copy it again, then convert it"),
                    e);
        }
    }

    private static IllegalArgumentException pickle(Path path) {
        return FileProblem.of(
                path.toString(),
                "a pickle of Python, as torch.save writes it",
                EXPECTED,
                "convert it in Python: import torch; from safetensors.torch import save_file; save_file(torch.load("
                        + python(path.toString()) + ", map_location=\"cpu\", weights_only=True), "
                        + python(renamed(path)) + "); a whole model needs weights_only=False and .state_dict()");
    }

    /** The list of the files that a large network was saved in. */
    private static Optional<IllegalArgumentException> index(Path path, FileChannel channel) throws IOException {
        String file = path.toString();
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(channel.size(), LONGEST_INDEX));
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
            // a read may bring less than there is room for
        }
        String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
        try {
            if (JsonReader.read(file, text) instanceof Json.Fields(var fields)
                    && fields.get("weight_map") instanceof Json.Fields(var places)) {
                return Optional.of(index(path, places));
            }
        } catch (IllegalArgumentException _) {
            // it only begins like JSON
            return Optional.empty();
        }
        return Optional.of(FileProblem.of(file, "JSON without weights", EXPECTED, "name the file with the weights"));
    }

    private static IllegalArgumentException index(Path path, Map<String, Json> places) {
        TreeSet<String> files = new TreeSet<>();
        places.values().forEach(place -> {
            if (place instanceof Json.Text(String name)) {
                files.add(name);
            }
        });
        return FileProblem.of(
                path.toString(),
                "an index of " + count(places.keySet(), "tensors") + ", in " + count(files, "files"),
                EXPECTED,
                "join them in Python, beside the index: from safetensors.torch import load_file, save_file; save_file("
                        + "{k: v for f in ["
                        + String.join(
                                ", ",
                                files.stream()
                                        .limit(MOST_LISTED)
                                        .map(FileProblem::shown)
                                        .toList())
                        + (files.size() > MOST_LISTED ? ", ..." : "") + "] for k, v in load_file(f).items()}, "
                        + "\"whole.safetensors\")");
    }

    /** {@code 8 tensors: a, b, c and 5 more}. */
    private static String count(Collection<String> names, String what) {
        String listed = String.join(
                ", ", names.stream().limit(MOST_LISTED).map(FileProblem::shown).toList());
        return names.size() + " " + what
                + (names.isEmpty() ? "" : ": " + listed)
                + (names.size() > MOST_LISTED ? " and " + (names.size() - MOST_LISTED) + " more" : "");
    }

    private static String python(String file) {
        return Json.quote(file);
    }

    private static String renamed(Path path) {
        return path.toString().replaceFirst("\\.[^./\\\\]*$", "") + ".safetensors";
    }
}
