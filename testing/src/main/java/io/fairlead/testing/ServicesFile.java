package io.fairlead.testing;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What a module provides, as the module path and as the class path see it. */
public final class ServicesFile {

    private ServicesFile() {}

    /** The factories that the module of a class provides by its descriptor. */
    public static Set<String> provided(Class<?> inModule) {
        ModuleDescriptor descriptor = inModule.getModule().getDescriptor();
        TreeSet<String> provided = new TreeSet<>();
        descriptor.provides().stream()
                .filter(p -> p.service().equals("io.fairlead.Factory"))
                .forEach(p -> provided.addAll(p.providers()));
        return provided;
    }

    /** The factories that its file in META-INF/services names. */
    public static Set<String> listed(Class<?> inModule) throws IOException {
        try (InputStream in = inModule.getResourceAsStream("/META-INF/services/io.fairlead.Factory")) {
            return new TreeSet<>(List.of(
                    new String(in.readAllBytes(), StandardCharsets.UTF_8).trim().split("\\s+")));
        }
    }
}
