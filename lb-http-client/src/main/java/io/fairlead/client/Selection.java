package io.fairlead.client;

import io.fairlead.EndpointSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/**
 * Who of the listed endpoints may be picked now, and who could be if those on trial were back.
 *
 * @param ready those in service; where there are none those on trial, else those that announced that they drain and still serve
 * @param asIfBack those in service and those on trial
 */
record Selection(EndpointSet ready, EndpointSet asIfBack) {

    /** From all that is listed; the caller holds the cluster's lock. */
    static Selection of(Collection<Node> nodes, boolean failClosed) {
        boolean believed = failClosed || areProbesBelieved(nodes);
        EndpointSet listed = EndpointSet.of(nodes);
        EndpointSet ready = set(nodes, node -> isReady(node) && node.passes(believed), listed);
        EndpointSet back = set(nodes, node -> isBack(node) && node.passes(believed), listed);
        if (ready.size() > 0) {
            return new Selection(ready, back);
        }
        EndpointSet last = back.size() > 0 ? back : set(nodes, node -> node.drain == Node.Drain.SERVER, listed);
        return new Selection(last, last);
    }

    /** Whether an endpoint on trial is spared all traffic but its trial. */
    boolean isAnyOnTrial() {
        return asIfBack.size() > ready.size();
    }

    /** Those on trial, while they are spared all other traffic. */
    List<Node> onTrial() {
        List<Node> trials = new ArrayList<>();
        for (int i = 0; isAnyOnTrial() && i < asIfBack.size(); i++) {
            Node node = (Node) asIfBack.get(i);
            if (node.state == EndpointState.TRIAL) {
                trials.add(node);
            }
        }
        return List.copyOf(trials);
    }

    /* Not where those of more than half fail, or of all that are left; those of endpoints on trial are not believed then, neither. */
    private static boolean areProbesBelieved(Collection<Node> nodes) {
        long inService = count(nodes, Selection::isReady);
        return inService == 0
                ? count(nodes, node -> isBack(node) && node.passes(true)) > 0
                : count(nodes, Node::healthy) >= (inService + 1) / 2;
    }

    private static boolean isReady(Node node) {
        return node.state == EndpointState.READY;
    }

    private static boolean isBack(Node node) {
        return isReady(node) || node.state == EndpointState.TRIAL;
    }

    private static EndpointSet set(Collection<Node> nodes, Predicate<Node> which, EndpointSet listed) {
        return EndpointSet.of(nodes.stream().filter(which).toList()).outOf(listed);
    }

    private static long count(Collection<Node> nodes, Predicate<Node> which) {
        return nodes.stream().filter(which).count();
    }
}
