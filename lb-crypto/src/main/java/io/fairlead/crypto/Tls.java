package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Require;
import io.fairlead.TlsSource;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * TLS keys and trust of a service out of files, which are followed while in use: the client's key and certificate (mutual TLS), the
 * authorities that are trusted, pins, and revocation lists.
 *
 * <pre>{@code
 * Tls tls = Tls.builder().key(Path.of("client.pem")).trust(Path.of("bank-ca.pem")).build();
 * Service.named("bank").targets("https://10.0.0.1:8443").tlsName("api.bank.example").tls(tls).build();
 * }</pre>
 *
 * <p>Whatever is exchanged in the files makes a context of its own, which knows no session of those before: every connection after that
 * was checked by the new rules. Files that cannot be read or used, or do not fit each other yet, change nothing; a warning is logged and
 * {@link Builder#onFailure} is told, without a secret. When the client's own certificate, or one above it, is to end in two weeks or has a third of its life
 * left, a warning is logged once; once it has ended, every handshake fails with its name and date. Thread-safe. Close it when the clients that use it are closed.
 */
public final class Tls implements TlsSource, AutoCloseable {

    private final FileWatch watch;
    private volatile @Nullable SSLContext current;
    private volatile @Nullable Validity own;

    private Tls(Builder b) {
        this.watch = FileWatch.start(b.files(), b.every, b.env, files -> take(b.rules(files), b.env), b.onFailure);
    }

    private void take(TlsRules rules, Environment env) {
        KeyStore.PrivateKeyEntry key = rules.key();
        Validity next = key == null ? null : Validity.of(KeyStores.chain(key), env, own);
        current = rules.context(next);
        own = next;
    }

    /** A builder that begins with no key of the client's, and the JDK's trust. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public SSLContext context() {
        Validity mine = own;
        if (mine != null) {
            mine.isOver(); // for its warning: connections that last make no handshake that would look
        }
        return Objects.requireNonNull(current);
    }

    /**
     * Reads the files again at once, for who knows that they have changed.
     *
     * @throws IllegalArgumentException if they cannot be used; then nothing has changed
     */
    public void reload() {
        watch.reload();
    }

    /** Follows the files no more; {@link #context} goes on answering. */
    @Override
    public void close() {
        watch.close();
    }

    @Override
    public String toString() {
        return "Tls" + watch;
    }

    /** Some files, and how they are read. */
    private record Part<T>(List<Path> files, BiFunction<List<byte[]>, Instant, T> reader) {

        static <T> Part<T> of(BiFunction<List<byte[]>, Instant, T> reader, String name, Path... files) {
            if (Require.notNull(files, name).length == 0) {
                throw Require.bad(name, "no file", "at least one");
            }
            return new Part<>(List.of(files), reader);
        }
    }

    /** Makes the TLS keys and trust. Setting something twice keeps the later. */
    public static final class Builder {

        private @Nullable Part<KeyStore.PrivateKeyEntry> key;
        private @Nullable Part<Set<X509Certificate>> trust;
        private @Nullable Part<Pins> pins;
        private @Nullable Part<List<X509CRL>> revoked;
        private boolean ocsp;
        private Duration every = FileWatch.EVERY;
        private Environment env = Environment.system();
        private Consumer<? super RuntimeException> onFailure = e -> {};

        private Builder() {}

        /** Sets the client's key and the certificates that lead to its issuer, in PEM, in one file or several; the key not encrypted. */
        public Builder key(Path... pem) {
            key = Part.of((files, now) -> TlsFiles.pemKey(files, null, now), "key of the client", pem);
            return this;
        }

        /** Sets the client's key and certificates in PEM, the key encrypted; the password is copied and kept for later. */
        public Builder key(char[] password, Path... pem) {
            char[] kept = Require.notNull(password, "password").clone();
            key = Part.of((files, now) -> TlsFiles.pemKey(files, kept, now), "key of the client", pem);
            return this;
        }

        /**
         * Sets the client's key and certificates in a PKCS#12 or JKS file.
         *
         * @param password of the file and the key; copied and kept for later
         * @param alias of the key; null for the only one
         */
        public Builder keyStore(Path file, char[] password, @Nullable String alias) {
            char[] kept = Require.notNull(password, "password").clone();
            key = Part.of((files, now) -> TlsFiles.keyStoreKey(files.get(0), kept, alias, now), "key store", file);
            return this;
        }

        /**
         * Sets the client's key and certificates, which are not exchanged: as one in a token ({@link Keys#token}), whose provider must be
         * registered with {@link java.security.Security#addProvider} for TLS to find it.
         */
        public Builder key(KeyStore.PrivateKeyEntry entry) {
            Require.notNull(entry, "key of the client");
            key = new Part<>(List.of(), (files, now) -> TlsFiles.checked(entry, now));
            return this;
        }

        /** Sets the authorities that are trusted, in PEM, and no others. */
        public Builder trust(Path... pem) {
            trust = Part.of(TlsFiles::pemTrust, "trust", pem);
            return this;
        }

        /** Sets the authorities that are trusted, and no others: the certificates without a key in a PKCS#12 or JKS file. */
        public Builder trustStore(Path file, char[] password) {
            char[] kept = Require.notNull(password, "password").clone();
            trust = Part.of((files, now) -> TlsFiles.storeTrust(files.get(0), kept, now), "trust store", file);
            return this;
        }

        /**
         * Also requires a server to have one of these keys, its own or that of an authority above it (RFC 7469).
         *
         * @param pins at least two, one of them a backup: {@code sha256/} and the base64 of the SHA-256 digest of a SubjectPublicKeyInfo
         */
        public Builder pins(String... pins) {
            Pins fixed = Pins.of(List.of(Require.notNull(pins, "pins")));
            this.pins = new Part<>(List.of(), (files, now) -> fixed);
            return this;
        }

        /** As {@link #pins(String...)}, out of a file with one pin a line; what begins with # is a comment. */
        public Builder pins(Path file) {
            pins = Part.of((files, now) -> TlsFiles.pins(files), "pins", file);
            return this;
        }

        /**
         * Also refuses servers whose certificates are revoked (RFC 5280, section 5), or of which the lists tell nothing.
         *
         * @param lists in PEM or DER, one of each authority on the servers' paths; each to be replaced before its next update
         */
        public Builder revocationLists(Path... lists) {
            revoked = Part.of(TlsFiles::revocationLists, "revocation lists", lists);
            return this;
        }

        /**
         * Also refuses servers of whose own certificate OCSP (RFC 6960) does not say that it is good: by what the server has stapled to the handshake,
         * or else by asking the responder that the certificate names, within the handshake. A responder that does not answer fails the
         * handshake (after 15 s, or {@code com.sun.security.ocsp.timeout}), so this is for partners that staple. Not with {@link #revocationLists}.
         */
        public Builder ocsp() {
            ocsp = true;
            return this;
        }

        /** Sets how often the files are looked at; default 10 s. What is new is in use a second after it was seen. */
        public Builder reloadEvery(Duration every) {
            Require.positiveNanos(every, "reload interval");
            this.every = every;
            return this;
        }

        /** Sets who is told when the files cannot be used, once for each content; besides the log. */
        public Builder onFailure(Consumer<? super RuntimeException> listener) {
            this.onFailure = Require.notNull(listener, "failure listener");
            return this;
        }

        /** Sets the source of time and timers; default {@link Environment#system()}. */
        public Builder environment(Environment env) {
            this.env = Require.notNull(env, "environment");
            return this;
        }

        /**
         * Reads the files, and follows them from now on.
         *
         * @throws IllegalArgumentException if one cannot be read or used, with the reason
         */
        public Tls build() {
            if (ocsp && revoked != null) {
                throw Require.bad("revocation", "by lists and by OCSP", "one of them");
            }
            return new Tls(new Builder(this));
        }

        private Builder(Builder b) {
            key = b.key;
            trust = b.trust;
            pins = b.pins;
            revoked = b.revoked;
            ocsp = b.ocsp;
            every = b.every;
            env = b.env;
            onFailure = b.onFailure;
        }

        private List<Path> files() {
            List<Path> files = new ArrayList<>();
            for (Part<?> part : new Part<?>[] {key, trust, pins, revoked}) {
                files.addAll(part == null ? List.of() : part.files);
            }
            return files;
        }

        /* The contents are in the order of the files. */
        private TlsRules rules(List<byte[]> contents) {
            List<byte[]> rest = new ArrayList<>(contents);
            return new TlsRules(read(key, rest), read(trust, rest), read(pins, rest), read(revoked, rest), ocsp);
        }

        private <T> @Nullable T read(@Nullable Part<T> part, List<byte[]> rest) {
            if (part == null) {
                return null;
            }
            List<byte[]> own = rest.subList(0, part.files.size());
            T made = part.reader.apply(List.copyOf(own), env.now());
            own.clear();
            return made;
        }
    }
}
