module shop {
    requires io.fairlead.client;
    requires jdk.httpserver;
}
