package io.fairlead.simulator;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Lines over time, drawn as inline SVG. */
final class Svg {

    private static final int WIDTH = 420;
    private static final int HEIGHT = 140;

    /** Colours that the colour-blind can tell apart (Okabe, Ito, 2008). */
    private static final List<String> COLOURS =
            List.of("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000");

    private Svg() {}

    static void pictures(StringBuilder page, SimResult.OverTime time) {
        lines(page, "attempts in flight, by server", time.inFlight());
        lines(page, "attempts that arrive, by server", time.arrivals());
        lines(page, "calls sent that end (1) and succeed (2)", Map.of("1", time.ended(), "2", time.succeeded()));
        lines(page, "mean seconds of calls, when they were sent", Map.of("mean", time.meanSeconds()));
    }

    private static void lines(StringBuilder page, String caption, Map<String, ? extends List<? extends Number>> lines) {
        double most = 0;
        for (List<? extends Number> line : lines.values()) {
            for (Number value : line.subList(0, line.size() - 1)) {
                most = Math.max(most, value.doubleValue());
            }
        }
        page.append("<figure><svg width=\"" + WIDTH + "\" height=\"" + HEIGHT + "\">");
        int colour = 0;
        StringBuilder legend = new StringBuilder();
        for (Map.Entry<String, ? extends List<? extends Number>> line : new TreeMap<>(lines).entrySet()) {
            String stroke = COLOURS.get(colour++ % COLOURS.size());
            page.append("<polyline fill=\"none\" stroke=\"").append(stroke).append("\" points=\"");
            points(page, line.getValue(), most);
            page.append("\"/>");
            legend.append(" <span style=\"color:")
                    .append(stroke)
                    .append("\">")
                    .append(escaped(line.getKey()))
                    .append("</span>");
        }
        page.append("</svg><figcaption>")
                .append(escaped(caption))
                .append(String.format(Locale.ROOT, ", most %.4g:", most))
                .append(legend)
                .append("</figcaption></figure>\n");
    }

    private static void points(StringBuilder page, List<? extends Number> values, double most) {
        int steps = values.size() - 1; // the last is what came after the load
        for (int i = 0; i < steps; i++) {
            double y = most == 0 ? 0 : values.get(i).doubleValue() / most;
            page.append(String.format(
                    Locale.ROOT, "%d,%.1f ", i * WIDTH / Math.max(1, steps - 1), HEIGHT - 5 - y * (HEIGHT - 10)));
        }
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
