package millrace.bench;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import millrace.actors.rank.ChunkDone;
import millrace.actors.rank.Packet.Activation;
import millrace.actors.rank.actor.RankProtocol;
import millrace.actors.rank.actor.RankProtocol.FromRank;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Memory;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;

/**
 * How fast tensors move between two processes on one machine: through outlet and inlet, and over a plain socket as a
 * measure of the machine. In turn, in one run, after warming both up: {@code bench/run TensorThroughput [ROUNDS
 * [SECONDS [KIB ...]]]}. Prints MB/s of each round, the ratio of the medians, and how much memory the receiver has at the half and
 * at the end.
 */
public final class TensorThroughput {
    static final int PER_CREDIT = 4;

    private static final double SOCKET_WARM_UP_SECONDS = 10;
    // a compiler thread beside the many classes of Akka takes its time
    private static final double ACTORS_WARM_UP_SECONDS = 40;
    private static final long IN_FLIGHT = 16 << 20;
    private static final int MOST_IN_FLIGHT = 128;

    private final RawSocket raw;
    private final ActorRef<RankProtocol.Command> outlet;
    private final Semaphore credits;
    private final Process receiver;
    private final List<MemorySegment> tensors = Stream.generate(
                    () -> Memory.allocate(Arena.ofAuto(), ThroughputReceiver.LARGEST / Float.BYTES))
            .limit(ThroughputReceiver.TENSORS)
            .toList();
    private long step;

    private TensorThroughput(
            RawSocket raw, ActorRef<RankProtocol.Command> outlet, Semaphore credits, Process receiver) {
        this.raw = raw;
        this.outlet = outlet;
        this.credits = credits;
        this.receiver = receiver;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
        double seconds = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 2;
        int[] sizes = arguments.length > 2
                ? Arrays.stream(arguments).skip(2).mapToInt(Integer::parseInt).toArray()
                : new int[] {4096, 64, 1024};
        Process receiver = receiver();
        ThroughputNode node = new ThroughputNode(0);
        try (BufferedReader output = receiver.inputReader();
                BufferedWriter input = receiver.outputWriter()) {
            int port = Integer.parseInt(output.readLine());
            ActorRef<RankProtocol.Command> outlet = node.outlet(output.readLine());
            Semaphore credits = new Semaphore(0);
            input.write(node.receive(Behaviors.receiveMessage(command -> credited(command, credits))) + "\n");
            input.flush();
            try (RawSocket raw = RawSocket.connect(port)) {
                new TensorThroughput(raw, outlet, credits, receiver).measure(rounds, seconds, sizes);
            }
        } finally {
            node.stop();
            receiver.onExit()
                    .orTimeout(20, TimeUnit.SECONDS)
                    .exceptionally(_ -> receiver.destroyForcibly())
                    .join();
        }
    }

    private static Process receiver() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-Xmx1g", "-cp", System.getProperty("java.class.path", "")));
        command.add(ThroughputReceiver.class.getName());
        return new ProcessBuilder(command)
                .directory(new File("."))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static Behavior<RankProtocol.Command> credited(RankProtocol.Command command, Semaphore credits) {
        if (command instanceof FromRank(ChunkDone _)) {
            credits.release(PER_CREDIT);
        }
        return Behaviors.same();
    }

    private void measure(int rounds, double seconds, int[] sizes) throws IOException, InterruptedException {
        double _ = raw(1 << 20, SOCKET_WARM_UP_SECONDS);
        double _ = actors(1 << 20, ACTORS_WARM_UP_SECONDS);
        for (int kibibytes : sizes) {
            double[] plain = new double[rounds];
            double[] through = new double[rounds];
            double _ = actors(kibibytes << 10, seconds);
            String half = "";
            Duration plainCpu = Duration.ZERO;
            Duration throughCpu = Duration.ZERO;
            for (int i = 0; i < rounds; i++) {
                Duration begin = cpu();
                plain[i] = raw(kibibytes << 10, seconds) / 1e6;
                Duration between = cpu();
                through[i] = actors(kibibytes << 10, seconds) / 1e6;
                plainCpu = plainCpu.plus(between.minus(begin));
                throughCpu = throughCpu.plus(cpu().minus(between));
                half = i == rounds / 2 ? residentMemory(receiver.pid()) : half;
            }
            System.out.printf(
                    Locale.ROOT,
                    "%d KiB: socket %s, actors %s MB/s, ratio of medians %.2f; %.2f and %.2f ms of processor time a"
                            + " MB; receiver has %s at the half, %s at the end%n",
                    kibibytes,
                    rounded(plain),
                    rounded(through),
                    median(through) / median(plain),
                    milliseconds(plainCpu) / (mean(plain) * seconds * rounds),
                    milliseconds(throughCpu) / (mean(through) * seconds * rounds),
                    half,
                    residentMemory(receiver.pid()));
        }
    }

    private double raw(int bytes, double seconds) throws IOException {
        return raw.send(tensors.stream().map(tensor -> tensor.asSlice(0, bytes)).toList(), seconds);
    }

    /** Sends for so long, waits until all has been received; bytes a second. */
    private double actors(int bytes, double seconds) throws InterruptedException {
        int inFlight = (int) Math.min(MOST_IN_FLIGHT, IN_FLIGHT / bytes);
        long sent = 0;
        try (Arena arena = Arena.ofShared()) {
            // a tensor comes back when its last frame is acknowledged, which may be after the credit
            TensorPool pool = new TensorPool("sent", arena, bytes / Float.BYTES, 4 * inFlight);
            credits.release(inFlight);
            long begin = System.nanoTime();
            boolean goesOn = true;
            while (goesOn) {
                credits.acquire(PER_CREDIT);
                for (int i = 0; i < PER_CREDIT; i++) {
                    Tensor tensor = pool.take(ElementType.F32, Shape.of(1, bytes / Float.BYTES));
                    tensor.setFloat(0, (float) step);
                    tensor.setFloat(bytes / Float.BYTES - 1, (float) step);
                    outlet.tell(new FromRank(new Activation(1, 1, step, 0, tensor)));
                    step++;
                }
                sent += PER_CREDIT;
                goesOn = System.nanoTime() - begin < seconds * 1e9;
            }
            credits.acquire(inFlight);
            long nanos = System.nanoTime() - begin;
            while (pool.inUse() > 0) {
                Thread.onSpinWait();
            }
            return sent * bytes / (nanos / 1e9);
        }
    }

    /** Of both processes. */
    private Duration cpu() {
        Duration own = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
        return own.plus(receiver.info().totalCpuDuration().orElse(Duration.ZERO));
    }

    private static double milliseconds(Duration duration) {
        return duration.toNanos() / 1e6;
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(0);
    }

    private static String residentMemory(long process) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(process), "status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .map(line -> line.substring("VmRSS:".length()).strip())
                .findFirst()
                .orElse("an unknown size");
    }

    private static String rounded(double[] values) {
        return String.join(
                " ",
                Arrays.stream(values)
                        .mapToObj(v -> Long.toString(Math.round(v)))
                        .toList());
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
