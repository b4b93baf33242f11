package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Require;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a few small files every so often and hands on what they hold when that has changed; what cannot be used changes nothing.
 *
 * <p>It compares bytes, not dates: the mounted secrets of a container platform keep their date, and two writes within a second share
 * theirs. A change is taken once two looks in a row have seen the same, so that a file is not read while it is being written; files that
 * belong together and are exchanged one after the other are refused by who reads them until they fit. Timers come from the environment, reading
 * happens on its executor, one look at a time. Thread-safe.
 */
final class FileWatch implements AutoCloseable {

    /** A rotation is a matter of hours, and a look costs some microseconds. */
    static final Duration EVERY = Duration.ofSeconds(10);

    /** Between the look that sees a change and the one that confirms it: writing a key takes milliseconds. */
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The largest public revocation lists are of this order; keys are a thousandth of it. */
    private static final int MOST_BYTES = 32 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);

    /** Takes what the files hold. */
    @FunctionalInterface
    interface Reader {
        /**
         * Makes use of it, or throws and changes nothing.
         *
         * @param contents in the order of the files
         */
        void read(List<byte[]> contents);
    }

    private final List<Path> files;
    private final long everyNanos;
    private final Environment env;
    private final Reader reader;
    private final Consumer<? super RuntimeException> onFailure;
    private final ReentrantLock looking = new ReentrantLock(); // not a monitor: files are read under it
    private List<byte[]> used;
    private @Nullable List<byte[]> seen;
    private @Nullable List<byte[]> told;
    private @Nullable ScheduledFuture<?> next;
    private boolean closed;

    private FileWatch(
            List<Path> files,
            Duration every,
            Environment env,
            Reader reader,
            Consumer<? super RuntimeException> onFailure) {
        this.files = List.copyOf(files);
        this.everyNanos = Require.positiveNanos(every, "reload interval");
        this.env = env;
        this.reader = reader;
        this.onFailure = onFailure;
        this.used = contents();
    }

    /**
     * Reads the files once, now, and then looks at them for as long as it is not closed.
     *
     * @param onFailure told what could not be used, once for each content; besides the log
     * @throws IllegalArgumentException if they cannot be used now
     */
    static FileWatch start(
            List<Path> files,
            Duration every,
            Environment env,
            Reader reader,
            Consumer<? super RuntimeException> onFailure) {
        FileWatch watch = new FileWatch(files, every, env, reader, onFailure);
        reader.read(watch.used);
        watch.plan(watch.everyNanos);
        return watch;
    }

    private synchronized void plan(long nanos) {
        if (!closed && !files.isEmpty()) {
            next = env.scheduler().schedule(this::hand, nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void hand() {
        try {
            env.executor().execute(this::look);
        } catch (RuntimeException | Error e) { // full, or a machine that is out of threads: the next time
            plan(everyNanos);
        }
    }

    private void look() {
        boolean unsettled = false;
        looking.lock();
        try {
            unsettled = changed(contents());
        } catch (RuntimeException e) {
            tell(e);
        } finally {
            looking.unlock();
            plan(unsettled ? Math.min(SETTLE_NANOS, everyNanos) : everyNanos);
        }
    }

    /* Whether there is something new that the next look has to confirm. */
    private boolean changed(List<byte[]> now) {
        boolean settled = seen != null && isSame(now, seen);
        seen = now;
        if (isSame(now, used)) {
            told = null;
            return false;
        }
        if (!settled) {
            return true;
        }
        try {
            take(now);
            LOG.info("took the new content of {}", files);
        } catch (RuntimeException e) {
            // Tried again at each look, as a certificate may become valid; told once.
            if (told == null || !isSame(told, now)) {
                told = now;
                throw e;
            }
        }
        return false;
    }

    private void take(List<byte[]> now) {
        reader.read(now);
        used = now;
        seen = now;
        told = null;
    }

    /** Looks now and takes what it finds, without waiting for a second look. */
    void reload() {
        looking.lock();
        try {
            take(contents());
        } finally {
            looking.unlock();
        }
    }

    private void tell(RuntimeException e) {
        if (e instanceof Gone) {
            if (told != null && told.isEmpty()) {
                return;
            }
            told = List.of();
            seen = null;
        }
        // The class alone of what is not ours: a parser may quote what it read.
        String why = e instanceof IllegalArgumentException
                ? e.getMessage()
                : e.getClass().getName();
        LOG.warn("kept the old content of {}: {}", files, why);
        try {
            onFailure.accept(e);
        } catch (RuntimeException thrown) {
            LOG.warn("the listener of {} threw {}", files, thrown.getClass().getName());
        }
    }

    /** The contents as one text, a line end after each. */
    static String text(List<byte[]> contents) {
        StringBuilder text = new StringBuilder();
        contents.forEach(
                bytes -> text.append(new String(bytes, StandardCharsets.UTF_8)).append('\n'));
        return text.toString();
    }

    private List<byte[]> contents() {
        List<byte[]> contents = new ArrayList<>();
        for (Path file : files) {
            try (InputStream in = Files.newInputStream(file)) {
                byte[] bytes = in.readNBytes(MOST_BYTES + 1);
                if (bytes.length > MOST_BYTES) {
                    throw new Refusal("file " + file + " has more than " + MOST_BYTES + " bytes");
                }
                contents.add(bytes);
            } catch (IOException e) {
                throw new Gone(file);
            }
        }
        return contents;
    }

    /** A file is not there, as between the two steps of some tools that replace one. */
    private static final class Gone extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        Gone(Path file) {
            super("file " + file + " cannot be read");
        }
    }

    private static boolean isSame(List<byte[]> a, List<byte[]> b) {
        boolean same = a.size() == b.size();
        for (int i = 0; same && i < a.size(); i++) {
            same = Arrays.equals(a.get(i), b.get(i));
        }
        return same;
    }

    /** Looks no more; what was read stays in use. */
    @Override
    public synchronized void close() {
        closed = true;
        if (next != null) {
            next.cancel(false);
        }
    }

    @Override
    public String toString() {
        return files.toString();
    }
}
