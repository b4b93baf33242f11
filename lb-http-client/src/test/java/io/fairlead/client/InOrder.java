package io.fairlead.client;

import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Load;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;

/** A simple user's strategy: always the first endpoint, whatever was tried. */
record InOrder(Environment env) implements Strategy {

    @Override
    public Load newLoad(Target target) {
        return Load.NONE;
    }

    @Override
    public Picker picker(EndpointSet endpoints) {
        return attempt -> endpoints.size() == 0 ? null : endpoints.get(0);
    }
}
