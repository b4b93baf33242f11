package io.fairlead.crypto;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** What this package warns of, until it is closed. */
final class Warnings extends Handler implements AutoCloseable {

    final List<String> said = new CopyOnWriteArrayList<>();
    private final Logger logger = Logger.getLogger(Warnings.class.getPackageName());
    private final SimpleFormatter formatter = new SimpleFormatter();

    Warnings() {
        logger.addHandler(this);
    }

    @Override
    public void publish(LogRecord entry) {
        if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
            said.add(formatter.formatMessage(entry));
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
    }
}
