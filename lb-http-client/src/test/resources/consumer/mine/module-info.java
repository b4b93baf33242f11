module mine {
    requires io.fairlead;

    provides io.fairlead.Factory with
            mine.MyFactory;
}
