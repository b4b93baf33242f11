package mine;

import io.fairlead.Balancer;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.Load;
import io.fairlead.Picker;
import io.fairlead.Settings;
import io.fairlead.Strategy;
import io.fairlead.Target;
import java.util.Set;

public class MyFactory implements Factory<Balancer> {
    @Override
    public Class<Balancer> type() {
        return Balancer.class;
    }

    @Override
    public Set<String> names() {
        return Set.of("mine");
    }

    @Override
    public Balancer create(String name, Settings settings, Environment env) {
        return e -> new Strategy() {
            @Override
            public Load newLoad(Target target) {
                return Load.NONE;
            }

            @Override
            public Picker picker(EndpointSet endpoints) {
                return attempt -> {
                    System.out.println("picked by mine");
                    return endpoints.get(0);
                };
            }
        };
    }
}
