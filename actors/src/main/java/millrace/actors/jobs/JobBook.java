package millrace.actors.jobs;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import akka.serialization.SerializationExtension;
import akka.serialization.SerializerWithStringManifest;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import millrace.actors.access.Access;
import millrace.actors.jobs.BookProtocol.AskBook;
import millrace.actors.jobs.BookProtocol.Command;
import millrace.actors.jobs.BookProtocol.Note;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of the cluster as one node has noted them: every node has a book, so a manager that is made anew on any of them
 * reads what there was. On a node that has a folder of its own they are on its disk as well, for the time after all nodes have
 * ended. A disk that cannot be written costs only that.
 */
public final class JobBook extends AbstractOnMessageBehavior<Command> {
    /** Of {@link Note} as it travels, and is written. */
    public static final String MANIFEST = "JN";

    private final Map<String, JobRecord> jobs = new LinkedHashMap<>();
    private final JobAccess access;
    private final @Nullable JobFiles files;

    /**
     * The book of a node.
     *
     * @param folder where it is kept; empty: in memory only
     */
    public static Behavior<Command> create(Optional<Path> folder) {
        return Behaviors.setup(context -> {
            JobBook book = new JobBook(context, folder);
            context.getSystem().receptionist().tell(Receptionist.register(BookProtocol.KEY, context.getSelf()));
            return book;
        });
    }

    private JobBook(ActorContext<Command> context, Optional<Path> folder) {
        super(context);
        this.access = new JobAccess(Access.of(context.getSystem().settings().config()), context::getLog);
        this.files = folder.map(path -> new JobFiles(path, form(context))).orElse(null);
        onDisk(all -> all.read((file, why) ->
                        context.getLog().warn("{} cannot be used: {} (expected: a job); it is left out", file, why))
                .forEach(job -> jobs.put(job.name(), job)));
    }

    private static JobFiles.Form form(ActorContext<Command> context) {
        SerializerWithStringManifest serializer = serializer(context);
        return new JobFiles.Form() {
            @Override
            public byte[] bytes(JobRecord job) {
                return serializer.toBinary(new Note(job));
            }

            @Override
            public Optional<JobRecord> job(byte[] bytes) {
                try {
                    return serializer.fromBinary(bytes, MANIFEST) instanceof Note(JobRecord job)
                            ? Optional.of(job)
                            : Optional.empty();
                } catch (IOException | RuntimeException _) {
                    // nobody knows what damaged bytes lead to, and the node must not end of it
                    return Optional.empty();
                }
            }
        };
    }

    private static SerializerWithStringManifest serializer(ActorContext<Command> context) {
        try {
            return (SerializerWithStringManifest)
                    SerializationExtension.get(context.getSystem()).serializerFor(Note.class);
        } catch (NotSerializableException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Note(JobRecord job) -> {
                if (access.isNotedByNode(job)) {
                    note(job);
                }
            }
            case AskBook(var replyTo) -> {
                jobs.values().forEach(job -> replyTo.tell(new JobsProtocol.Noted(job)));
                replyTo.tell(new JobsProtocol.AllNoted(getContext().getSelf()));
            }
        }
        return this;
    }

    private void note(JobRecord job) {
        JobRecord known = jobs.get(job.name());
        if (known == null || known.version() < job.version()) {
            jobs.put(job.name(), job);
            onDisk(all -> all.write(job));
            JobList.old(jobs.values()).forEach(name -> {
                jobs.remove(name);
                onDisk(all -> all.remove(name));
            });
        }
    }

    private void onDisk(Consumer<JobFiles> work) {
        if (files != null) {
            try {
                work.accept(files);
            } catch (UncheckedIOException | IllegalArgumentException e) {
                getContext()
                        .getLog()
                        .warn(
                                "jobs: {} (expected: a folder that can be written); they are kept in memory",
                                e.toString());
            }
        }
    }
}
