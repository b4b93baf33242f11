package io.fairlead.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fairlead.Require;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Results of simulations side by side, as text, as JSON, or as one HTML page with pictures that needs nothing else. The same results give
 * the same report to the byte. Not thread-safe.
 */
public final class SimReport {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    /** Results of one configuration in one simulation, with the seeds 1 to n. */
    private record Row(String simulation, String configuration, List<SimResult> seeds) {

        double median(java.util.function.ToDoubleFunction<SimResult> of) {
            double[] values = seeds.stream().mapToDouble(of).sorted().toArray();
            return (values[(values.length - 1) / 2] + values[values.length / 2]) / 2;
        }
    }

    private final List<Row> rows = new ArrayList<>();

    /** A report without results. */
    public SimReport() {}

    /**
     * Adds the results of one configuration.
     *
     * @param configuration its name in the report
     * @param seeds results of the same simulation, at least one; figures are their medians, pictures are of the first
     */
    public SimReport add(String configuration, List<SimResult> seeds) {
        Require.notBlank(configuration, "name of the configuration");
        if (Require.notNull(seeds, "results").isEmpty()) {
            throw Require.bad("results of " + configuration, "none", "at least one");
        }
        rows.add(new Row(seeds.get(0).simulation(), configuration, List.copyOf(seeds)));
        return this;
    }

    /** A table in Markdown, one line a configuration and simulation, medians over the seeds. */
    public String text() {
        StringBuilder text = new StringBuilder(
                "| simulation | configuration | success % | mean of successes s | p99 s | p99.9 s | mean of all s | server s | attempts a call"
                        + " | fairness | doubled | leaked |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
        for (Row row : rows) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %.2f | %.4f | %.3f | %.3f | %.4f | %.0f | %.3f | %.3f | %d | %d |%n",
                    row.simulation,
                    row.configuration,
                    row.median(SimResult::successPercent),
                    row.median(r -> r.successful().mean()),
                    row.median(r -> r.successful().p99()),
                    row.median(r -> r.successful().p999()),
                    row.median(r -> r.all().mean()),
                    row.median(SimResult::serverSeconds),
                    row.median(SimResult::attemptsPerCall),
                    row.median(SimResult::fairness),
                    row.seeds.stream().mapToLong(SimResult::doubled).sum(),
                    row.seeds.stream().mapToLong(SimResult::leaked).sum()));
        }
        return text.toString().replace("\r\n", "\n");
    }

    /** All results of all seeds, without what happened over time. */
    public String json() {
        try {
            List<Map<String, Object>> all = new ArrayList<>();
            rows.forEach(row -> all.add(Map.of("configuration", row.configuration, "results", row.seeds)));
            return JSON.writeValueAsString(all) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a result has no JSON", e);
        }
    }

    /** One page: the table, and pictures of the first seed of each row. */
    public String html() {
        StringBuilder page = new StringBuilder(
                "<!doctype html><meta charset=\"utf-8\"><title>Simulations</title><style>"
                        + "body{font:14px sans-serif;margin:2em;max-width:70em}figure{display:inline-block;margin:.5em}"
                        + "svg{background:#fafafa;border:1px solid #ddd}h2{margin-top:2em}figcaption{font-size:12px}</style>\n"
                        + "<h1>Simulations</h1>\n<p>Each picture is one run with seed 1; the time goes from left to right, to the end of the load.</p>\n");
        String simulation = "";
        for (Row row : rows) {
            if (!row.simulation.equals(simulation)) {
                simulation = row.simulation;
                page.append("<h2>").append(Svg.escaped(simulation)).append("</h2>\n");
            }
            page.append(String.format(
                    Locale.ROOT,
                    "<h3>%s: success %.2f %%, mean of successes %.4f s, %.3f attempts a call</h3>\n",
                    Svg.escaped(row.configuration),
                    row.median(SimResult::successPercent),
                    row.median(r -> r.successful().mean()),
                    row.median(SimResult::attemptsPerCall)));
            Svg.pictures(page, row.seeds.get(0).overTime());
        }
        return page.toString();
    }
}
