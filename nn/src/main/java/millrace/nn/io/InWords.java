package millrace.nn.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;

/**
 * Why a file could not be read or written, in words for people. Java says part of that by the name of an exception, and the
 * message of most has only the file's name, which whoever tells it knows better: the file may be a hidden one.
 */
public final class InWords {
    private static final String UNKNOWN = "it cannot be read or written";

    private InWords() {}

    /** For example {@code permission denied}. */
    public static String reason(Exception problem) {
        return switch (problem) {
            case UncheckedIOException e -> {
                IOException cause = e.getCause();
                yield cause == null ? UNKNOWN : reason(cause);
            }
            case ClosedByInterruptException _ -> "interrupted";
            case AccessDeniedException _ -> "permission denied";
            case NoSuchFileException _ -> "no such file or folder";
            case FileAlreadyExistsException _ -> "something with this name is there already";
            case DirectoryNotEmptyException _ -> "the folder is not empty";
            case NotDirectoryException _ -> "not a folder";
            case NotLinkException _ -> "not a link";
            case FileSystemException e when e.getReason() != null -> lowerCase(e.getReason());
            case IOException e when e.getMessage() != null -> lowerCase(e.getMessage());
            default -> UNKNOWN;
        };
    }

    /** What the operating system says begins with a capital letter; names, as IOException's of a host, are left alone. */
    private static String lowerCase(String text) {
        boolean sentence = text.length() > 1 && Character.isLowerCase(text.charAt(1));
        return sentence ? Character.toLowerCase(text.charAt(0)) + text.substring(1) : text;
    }
}
