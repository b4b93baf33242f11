package io.fairlead.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** The house rules, read off the sources of the library modules. Each rule is shown to find what it forbids. */
class HouseRulesTest {

    private static final List<String> MODULES = List.of(
            "lb-api",
            "lb-strategies",
            "lb-health",
            "lb-ratelimit",
            "lb-crypto",
            "lb-http-client",
            "lb-simulator",
            "integrations/lb-ratelimit-redis");

    private static final Pattern OUTSIDE_ENVIRONMENT =
            Pattern.compile("System\\.(nanoTime|currentTimeMillis)|Instant\\.now\\(|"
                    + "Clock\\.system|InstantSource\\.system|ThreadLocal|Math\\.random|new (Secure)?Random\\(|Thread\\.sleep|"
                    + "new Thread\\(|Executors\\.|LockSupport\\.park");

    private static final Pattern BAD_NAME = Pattern.compile("\\w*(Manager|Helper|Utils?|Impl|Context|Processor)");

    private static final List<String> HOT =
            List.of("Picker", "Load", "RateLimiter", "Attempt", "Endpoint", "RetryPolicy");

    /** A source file: its name, and its text. */
    private record Source(String module, String name, String text) {
        String where() {
            return module + "/" + name;
        }
    }

    private static List<Source> sources() {
        List<Source> sources = new ArrayList<>();
        for (String module : MODULES) {
            Path root = Path.of("..", module, "src", "main", "java");
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file :
                        files.filter(f -> f.toString().endsWith(".java")).toList()) {
                    sources.add(new Source(module, root.relativize(file).toString(), Files.readString(file)));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        assertThat(sources).hasSizeGreaterThan(60);
        return sources;
    }

    private static Source planted(String text) {
        return new Source("lb-x", "io/fairlead/x/Planted.java", text);
    }

    // ---- text ------------------------------------------------------------------------------------------------------

    private static List<String> tooLong(List<Source> sources) {
        return sources.stream()
                .filter(s -> s.text().lines().count() > 300 && !s.text().startsWith("// over 300: "))
                .map(Source::where)
                .toList();
    }

    @Test
    void a_file_has_at_most_300_lines_or_a_reason() {
        assertThat(tooLong(sources())).isEmpty();
        assertThat(tooLong(List.of(planted("\n".repeat(301))))).hasSize(1);
    }

    private static List<String> clocks(List<Source> sources) {
        return sources.stream()
                .filter(s -> !s.name().endsWith("io/fairlead/Environment.java"))
                .filter(s -> OUTSIDE_ENVIRONMENT.matcher(s.text()).find())
                .map(Source::where)
                .toList();
    }

    @Test
    void clock_chance_sleep_and_threads_come_from_the_environment() {
        assertThat(clocks(sources())).isEmpty();
        assertThat(clocks(List.of(planted("long t = System.nanoTime();")))).hasSize(1);
    }

    @Test
    void one_package_a_module() {
        Map<String, List<String>> packages = new TreeMap<>();
        for (Source source : sources()) {
            String dir = source.name().contains("/")
                    ? source.name().substring(0, source.name().lastIndexOf('/'))
                    : "";
            if (!dir.isEmpty()
                    && !packages.computeIfAbsent(source.module(), m -> new ArrayList<>())
                            .contains(dir)) {
                packages.get(source.module()).add(dir);
            }
        }
        assertThat(packages).hasSize(MODULES.size());
        assertThat(packages.values()).allMatch(p -> p.size() == 1);
    }

    @Test
    void modules_require_only_what_the_design_allows() {
        Map<String, List<String>> allowed = Map.of(
                "lb-api", List.of(),
                "lb-strategies", List.of("io.fairlead"),
                "lb-health", List.of("io.fairlead"),
                "lb-ratelimit", List.of("io.fairlead"),
                "lb-crypto", List.of("io.fairlead"),
                "lb-http-client",
                        List.of("io.fairlead", "io.fairlead.strategies", "io.fairlead.health", "io.fairlead.ratelimit"),
                "lb-simulator", List.of("io.fairlead", "io.fairlead.client"),
                "integrations/lb-ratelimit-redis", List.of("io.fairlead", "io.fairlead.ratelimit"));
        Pattern requires = Pattern.compile("requires (?:transitive |static )*(io\\.fairlead[\\w.]*);");
        for (Source source : sources()) {
            if (source.name().equals("module-info.java")) {
                assertThat(requires.matcher(source.text()).results().map(m -> m.group(1)))
                        .as(source.module())
                        .isSubsetOf(allowed.get(source.module()));
            }
        }
    }

    // ---- trees -----------------------------------------------------------------------------------------------------

    /** What the rules about types and methods find in one file. */
    private static List<String> treeViolations(Source source) {
        List<String> found = new ArrayList<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///" + source.name()), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignore) {
                        return source.text();
                    }
                };
        JavacTask task = (JavacTask) compiler.getTask(null, null, d -> {}, List.of("-proc:none"), null, List.of(file));
        Trees trees = Trees.instance(task);
        try {
            for (CompilationUnitTree unit : task.parse()) {
                new Rules(unit, trees, found, source).scan(unit, null);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private static final class Rules extends TreePathScanner<Void, Void> {

        private final CompilationUnitTree unit;
        private final Trees trees;
        private final List<String> found;
        private final Source source;

        Rules(CompilationUnitTree unit, Trees trees, List<String> found, Source source) {
            this.unit = unit;
            this.trees = trees;
            this.found = found;
            this.source = source;
        }

        private void found(String what) {
            found.add(source.where() + ": " + what);
        }

        private long line(long position) {
            return unit.getLineMap().getLineNumber(position);
        }

        @Override
        public Void visitClass(ClassTree tree, Void nothing) {
            var flags = tree.getModifiers().getFlags();
            String name = tree.getSimpleName().toString();
            if (flags.contains(Modifier.PUBLIC)
                    && flags.contains(Modifier.ABSTRACT)
                    && tree.getKind() == Tree.Kind.CLASS) {
                found("public abstract class " + name);
            }
            if (BAD_NAME.matcher(name).matches()) {
                found("name " + name);
            }
            if (flags.contains(Modifier.PUBLIC) && trees.getDocComment(getCurrentPath()) == null) {
                found("no Javadoc on " + name);
            }
            return super.visitClass(tree, nothing);
        }

        @Override
        public Void visitMethod(MethodTree tree, Void nothing) {
            long first = line(trees.getSourcePositions()
                    .getStartPosition(unit, tree.getReturnType() == null ? tree : tree.getReturnType()));
            long last = line(trees.getSourcePositions().getEndPosition(unit, tree));
            if (last - first + 1 > 30) {
                found("method " + tree.getName() + " has " + (last - first + 1) + " lines");
            }
            String type = source.name().replaceAll(".*/|\\.java", "");
            if (HOT.contains(type)
                    && (tree.getReturnType() + " " + tree.getParameters())
                            .matches(".*\\b(Optional|Integer|Long|Double)\\b.*")) {
                found("boxed or Optional in " + tree.getName());
            }
            return super.visitMethod(tree, nothing);
        }

        @Override
        public Void visitVariable(VariableTree tree, Void nothing) {
            var flags = tree.getModifiers().getFlags();
            boolean mutable = !flags.contains(Modifier.FINAL)
                    || String.valueOf(tree.getType()).matches("Atomic\\w+.*|ConcurrentHashMap.*|HashMap.*|ArrayList.*");
            if (flags.contains(Modifier.STATIC) && mutable) {
                found("mutable static " + tree.getName());
            }
            return super.visitVariable(tree, nothing);
        }
    }

    @Test
    void types_and_methods_keep_the_rules() {
        assertThat(sources().stream().flatMap(s -> treeViolations(s).stream())).isEmpty();
    }

    @Test
    void the_rules_about_types_and_methods_find_what_they_forbid() {
        String text = "/** x */ public abstract class PlantedHelper { static int count; "
                + "static final AtomicLong SUM = null; void long_() {" + "\n".repeat(31) + "} public class Bare {} }";
        assertThat(treeViolations(planted(text)))
                .anyMatch(v -> v.contains("public abstract class"))
                .anyMatch(v -> v.contains("name PlantedHelper"))
                .anyMatch(v -> v.contains("mutable static count"))
                .anyMatch(v -> v.contains("mutable static SUM"))
                .anyMatch(v -> v.contains("has 32 lines"))
                .anyMatch(v -> v.contains("no Javadoc on Bare"));
        assertThat(treeViolations(new Source("lb-x", "Load.java", "interface Load { Optional<Long> value(); }")))
                .hasSize(1);
    }

    @Test
    void few_types_are_public_outside_the_vocabulary() {
        Pattern open = Pattern.compile("(?m)^public ");
        for (String module : MODULES.subList(1, MODULES.size())) {
            List<Source> types = sources().stream()
                    .filter(s -> s.module().equals(module) && !s.name().endsWith("-info.java"))
                    .toList();
            long visible =
                    types.stream().filter(s -> open.matcher(s.text()).find()).count();
            assertThat(visible).as(module).isLessThanOrEqualTo(Math.max(4, types.size() / 4));
        }
    }
}
